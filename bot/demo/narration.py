"""What the narrator of the demo shows and explains: only what the record and the outbox say."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from babel.dates import format_date

from bot.demo.script import ZONE, Called, Cue, Marked, Pressed, Said, Script, What, channel_id, person_id
from bot.demo.stage import Stage
from bot.events import MessageId
from bot.locale import texts
from bot.model import ItemKind, Ref, Status
from bot.outgoing import Audience, Outgoing
from bot.world import World

if TYPE_CHECKING:
    from bot.demo.play import Answered, Played

Search = Callable[[str, str, str], Awaitable[Outgoing | None]]

_FILED, _KEPT, _OUT, _SECRET, _AGAIN, _WAITS = "w3", "d4", "z9", "d9", "k19", "z34"
"""The messages of the script at which there is something to show."""
_PRIVATE = "b1"
_HERE = "q5"
"""The question that is answered from the invitation itself."""
_TOLD = ("already_asked", "invitation", "angry", "consent")
"""The cues that are shown; of the others only how many there were."""
_SOUGHT = "sleutelafspraak"

_GLOSSES = {
    "w3": "How often to change the dressing on a heel? Every 3 to 5 days. Thanks, clear!",
    "henk": "“leave me out”: Dutch and English words work alike.",
    "z34": "How to get clients to remember their appointment? We send a reminder by sms, yet 15 % do not show up.",
    "invitation": "Rachid reads Dutch, so Ander writes Dutch: why him, and five ways to answer; no is fine too.",
    "angry": "How do you react when family walks in angry? Ander asks Wilma, who once explained just that.",
    "consent": "How to tell a resident that his friend will not come back? Eva is asked first, she alone.",
    "c1": "A second sms helped us: two days ahead and that morning, with a link and the colleague's name.",
    "c2": "Wow, we had neither. Thank you Rachid, this really helps!",
}
"""English summaries of Dutch lines, for the English narration only."""


class Narrator:
    """Shows scenes on a stage; whatever it says happened is looked up first."""

    def __init__(
        self, script: Script, world: World, stage: Stage, sent: Callable[[], Sequence[Outgoing]], lang: str
    ) -> None:
        self.sent = sent
        self._script = script
        self._world = world
        self._stage = stage
        self._lang = lang
        self._ = texts(lang).gettext

    # ── the frame ─────────────────────────────────────────────────────────────────────────────────────────────

    async def opening(self) -> None:
        """Who they are, and the notice that stands in each channel before anything is read."""
        _, stage = self._, self._stage
        stage.title("Ander", _("Eight weeks of three groups that do not know what the others know"))
        stage.tell(
            _(
                "A care group, a municipality and a design studio share a chat. They are invented; all that Ander "
                "does below is real and happens on this machine: the same code, the same database, only the clock "
                "runs faster."
            )
        )
        stage.table([self._community(key) for key in self._script.communities])
        stage.scene(_("First things first: the notice"))
        notices = [out for out in self.sent() if out.purpose == "notice"]
        shown = next((out for out in notices if out.body.lang == self._lang), None)
        if shown is not None:
            stage.ander(shown, self._channel(shown))
        stage.tell(
            _("It stands in {n} channels, each in its own language. Before that, Ander does not read a word.").format(
                n=len(notices)
            )
        )

    def _community(self, key: str) -> tuple[str, str, str]:
        section = self._script.communities[key]
        people = {
            p.id for p in self._script.people.values() if {channel_id(c) for c in section["channels"]} & {*p.channels}
        }
        locks = {name: "🔒" if kind == "private" else "" for name, kind in self._script.channels.items()}
        places = " ".join(f"#{name}{locks[name]}" for name in section["channels"])
        counted = texts(self._lang).ngettext("{n} person", "{n} people", len(people)).format(n=len(people))
        return section["name"], counted, places

    def week_begins(self, number: int) -> None:
        """A rule with the week and its dates."""
        monday = (self._script.starts + timedelta(days=7 * number)).astimezone(ZONE).date()
        friday = monday + timedelta(days=4)
        dates = f"{self._date(monday)} – {self._date(friday)}"
        self._stage.chapter(self._("Week {n} · {dates}").format(n=number + 1, dates=dates))

    def _date(self, day: object) -> str:
        return format_date(day, "d MMMM", locale=self._lang)  # type: ignore[arg-type] # babel types it as date

    async def week_over(self, played: "Played") -> None:
        """What the week brought, quietly."""
        questions, answered, kept = await self._filed(played.since or self._script.starts)
        self._stage.count(
            self._("{m} messages read · questions filed {q}, answered {a} · know-how kept {k}").format(
                m=played.messages, q=questions, a=answered, k=kept
            )
        )

    async def _filed(self, since: datetime) -> tuple[int, int, int]:
        """Questions, those with an answer, and know-how, as the record has them since then."""
        async with self._world.store.snapshot() as tx:
            items = [i for c in await tx.communities() for i in await tx.items_since(c, since)]
        questions = [item for item in items if item.kind is ItemKind.QUESTION]
        answered = [item for item in questions if item.status is not Status.OPEN]
        return len(questions), len(answered), len([item for item in items if item.kind is ItemKind.KNOW_HOW])

    # ── as it happens ─────────────────────────────────────────────────────────────────────────────────────────

    async def happened(self, at: datetime, what: What, cue: Cue | None, played: "Played") -> None:
        """Before Ander's own messages of this moment are shown."""
        if isinstance(what, Said) and what.name == _AGAIN:
            self._stage.scene(self._("A question that was asked before"))
            self._talk(at, what)
        elif isinstance(what, Said) and what.name == _WAITS:
            self._stage.scene(self._("A question that nobody in the group can answer"))
            self._talk(at, what)
            self._gloss(_GLOSSES[_WAITS])
        elif isinstance(what, Called) and what.by == "henk":
            self._stage.scene(self._("Somebody would rather not"))
            self._stage.talk(
                at.astimezone(ZONE), self._name(what.by), f"#{what.channel}", f"/ander {what.text}", thread=False
            )
        elif cue is not None and cue.name in _TOLD:
            self._cue_line(at, what, cue, played)

    def _cue_line(self, at: datetime, what: What, cue: Cue, played: "Played") -> None:
        match what:
            case Pressed():
                self._stage.press(at.astimezone(ZONE), self._name(cue.person), played.answered[cue.name].button.label)
            case Said():
                self._talk(at, what)
                self._gloss(_GLOSSES[what.name])
            case Marked():
                self._stage.mark(at.astimezone(ZONE), self._name(what.by), what.emoji)

    async def settled(self, at: datetime, what: What, cue: Cue | None, played: "Played") -> None:
        """After everything this moment led to was done."""
        name = what.name if isinstance(what, Said | Marked) else None
        if isinstance(what, Said) and name == _FILED:
            await self._show_filing(played)
        elif isinstance(what, Marked) and name == _KEPT:
            await self._show_keeping(at, what, played)
        elif isinstance(what, Said) and name == _SECRET:
            await self._show_secret(at, what, played)
        elif isinstance(what, Called):
            self._show_answer(what, played)
        elif isinstance(what, Said) and name == _OUT:
            await self._show_opt_out(at, what, played)
        elif isinstance(what, Pressed) and cue is not None:
            await self._show_pressed(cue, what, played)
        elif cue is not None and cue.name == "invitation" and isinstance(what, Marked):
            await self._show_helped(played)

    async def _show_filing(self, played: "Played") -> None:
        _, stage = self._, self._stage
        stage.scene(_("A question finds its place"))
        for name in ("w1", "w2", "w3"):
            self._talk(*played.said[name])
        self._gloss(_GLOSSES["w3"])
        ref = self._ref(*played.said["w1"])
        async with self._world.store.snapshot() as tx:
            thread = (await tx.threads([ref])).get(ref)
            domains: dict[tuple[str, str], str] = {(d.community, d.key): d.name for d in await tx.domains()}
        solved = thread is not None and thread.item.status is Status.RESOLVED
        if thread is None or not thread.answers or not solved:
            self._miss(played, _("The question about the dressing should have been filed as solved."))
            return
        domain = domains.get((thread.item.community or "", thread.item.domain or ""))
        stage.tell(
            _(
                "Ander said nothing. It took the first message for a question and filed it under {domain}, linked "
                "the reply as its answer, and understood from the thanks that it was solved."
            ).format(domain=f"`{domain}`" if domain else _("no domain yet"))
        )

    async def _show_keeping(self, at: datetime, what: Marked, played: "Played") -> None:
        _, stage = self._, self._stage
        stage.scene(_("Know-how that nobody asked for"))
        said_at, said = played.said[what.name]
        self._talk(said_at, said)
        stage.mark(at.astimezone(ZONE), self._name(what.by), what.emoji)
        ref = self._ref(said_at, said)
        async with self._world.store.snapshot() as tx:
            item = (await tx.items([ref])).get(ref)
        if item is None or item.kind is not ItemKind.KNOW_HOW or not item.confirmed:
            self._miss(played, _("The tip should have been kept as know-how."))
            return
        stage.tell(_("📚 keeps it, and whoever meets the same will find it."))

    async def _show_secret(self, at: datetime, what: Said, played: "Played") -> None:
        _, stage = self._, self._stage
        stage.scene(_("A slip of the fingers"))
        ref = self._ref(at, what)
        async with self._world.store.snapshot() as tx:
            stored = await tx.message(ref)
        secret = what.text.partition("=")[2].strip()
        if stored is None or secret in stored.text:
            self._miss(played, _("The key should have been masked before it was stored."))
            return
        shown = what.text.replace(secret, secret[:4] + "…" + secret[-4:])
        self._talk(at, Said(channel=what.channel, by=what.by, name=what.name, text=shown))
        stage.tell(
            _("What Ander stored of it: “{text}” The key itself never reached the disk.").format(text=stored.text)
        )

    def _show_answer(self, what: Called, played: "Played") -> None:
        out = self._last(lambda o: o.purpose == "reply" and o.target.person == person_id(what.by))
        if out is None:
            self._miss(played, self._("Ander should have answered the command."))
        else:
            self._stage.ander(out, self._name(what.by))

    async def _show_opt_out(self, at: datetime, what: Said, played: "Played") -> None:
        self._talk(at, what)
        async with self._world.store.snapshot() as tx:
            stored = await tx.message(self._ref(at, what))
        if stored is not None:
            self._miss(played, self._("Ander should have kept nothing after the opt-out."))
            return
        self._stage.tell(self._("Of this second message Ander kept nothing at all: it was in force at once."))

    # ── when a cue came ───────────────────────────────────────────────────────────────────────────────────────

    async def cue_came(self, answered: "Answered", now: datetime) -> None:
        """Ander spoke to somebody who is going to react."""
        _, stage = self._, self._stage
        if answered.cue.name not in _TOLD:
            return
        self._scene_of(answered.cue)
        if answered.cue.name == "invitation":
            clock = f"{now.astimezone(ZONE):%H:%M}"
            stage.tell(
                _(
                    "Nobody in the group knows. After four working hours Ander looks around (at {time}), for somebody "
                    "from outside whose own practice touches the question:"
                ).format(time=clock)
            )
        stage.ander(answered.out, self._name(answered.cue.person))
        if answered.cue.name in _GLOSSES:
            self._gloss(_GLOSSES[answered.cue.name])

    def _scene_of(self, cue: Cue) -> None:
        """What begins with Ander's own words."""
        if cue.name == "angry":
            self._stage.scene(self._("An answer without leaving the message"))
        elif cue.name == "consent":
            self._stage.scene(self._("What is private does not travel by itself"))

    async def _show_pressed(self, cue: Cue, what: Pressed, played: "Played") -> None:
        if cue.name == "already_asked":
            await self._show_suggestion_helped(cue, played)
        elif cue.name == "invitation":
            self._show_joined(cue, played)
        elif cue.name == "angry":
            self._show_answered_here(what, played)
        elif cue.name == "consent":
            await self._show_refused(cue, played)

    def _show_answered_here(self, what: Pressed, played: "Played") -> None:
        """The ander's own words stand in the thread, brought there by Ander."""
        _, stage = self._, self._stage
        brought = self._last(lambda o: o.target.thread == _HERE and o.target.audience is Audience.CHANNEL)
        if brought is None:
            self._miss(played, _("What the ander typed should have come into the thread."))
            return
        stage.gloss(f"“{what.text}”")
        stage.tell(
            _(
                "Typed in the invitation itself, and there it stands in the thread of the care group, with a name "
                "to it. Nobody had to join anything."
            )
        )

    async def _show_refused(self, cue: Cue, played: "Played") -> None:
        """The question that was to stay, stayed."""
        async with self._world.store.snapshot() as tx:
            asked = await tx.invitations(question=self._ref(*played.said[cue.about]))
            consent = await tx.consent(self._ref(*played.said[cue.about]))
        if asked or consent is None or consent.granted is not False:
            self._miss(played, self._("The private question should have stayed where it was."))
            return
        self._stage.tell(self._("So it stays: nobody outside #team-beuk hears of it, and Ander does not ask again."))

    async def _show_suggestion_helped(self, cue: Cue, played: "Played") -> None:
        _, stage = self._, self._stage
        ref = self._ref(*played.said[cue.about])
        async with self._world.store.snapshot() as tx:
            question = (await tx.items([ref])).get(ref)
        if question is None or question.status is not Status.RESOLVED or question.resolved_at is None:
            self._miss(played, _("The repeated question should have been solved by the earlier answer."))
            return
        minutes = int((question.resolved_at - question.at) / timedelta(minutes=1))
        told = _("Solved after {n} minutes with an answer from weeks ago. Nobody had to say it twice.")
        stage.tell(told.format(n=minutes))

    def _show_joined(self, cue: Cue, played: "Played") -> None:
        _, stage = self._, self._stage
        for purpose, whom in (("reply", self._name(cue.person)), ("introduction", "#zorg-praktijk")):
            out = self._last(lambda o, purpose=purpose: o.purpose == purpose)  # type: ignore[misc]
            if out is None:
                self._miss(played, _("Ander should have introduced the ander in the thread."))
            else:
                stage.ander(out, whom)

    async def _show_helped(self, played: "Played") -> None:
        _, stage = self._, self._stage
        ref = self._ref(*played.said[_WAITS])
        async with self._world.store.snapshot() as tx:
            question = (await tx.items([ref])).get(ref)
            rows = await tx.invitations(question=ref)
        thanks = self._last(lambda o: o.purpose == "thanks")
        helped = [row for row in rows if row.state == "helpful"]
        if question is None or question.status is not Status.RESOLVED or not helped or thanks is None:
            self._miss(played, _("The ander's answer should have solved the question, and they should know it."))
            return
        stage.ander(thanks, self._name("rachid"))
        stage.tell(
            _(
                "This is what Ander is for. The answer was there, two corridors away, in a group that Eva would "
                "never have asked. Now it lies in the practice of both."
            )
        )

    def cue_missing(self, cue: Cue, played: "Played") -> None:
        """Something Ander had to say was never said."""
        what = {
            "already_asked": self._("Ander should have shown that the question was asked before."),
            "consent": self._("Ander should have asked before a private question leaves its channel."),
        }
        asked = self._("Ander should have invited somebody to the question nobody could answer.")
        self._miss(played, what.get(cue.name, asked))

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────

    async def closing(self, played: "Played", search: Search) -> None:
        """What nobody could see, what the facilitators get, and how to go on."""
        self._stage.chapter(self._("After eight weeks"))
        await self._show_hidden(played, search)
        self._show_reports(played)
        await self._show_totals()
        self._stage.scene(self._("Your turn"))
        self._stage.tell(
            self._(
                "`make chat` makes you Eva in #zorg-praktijk. Ask something, `/ander search insuline`, be somebody "
                "else with `/as rachid`, or let time pass with `/wait 4h` and see who is asked."
            )
        )

    async def _show_hidden(self, played: "Played", search: Search) -> None:
        _, stage = self._, self._stage
        stage.scene(_("What nobody could see"))
        inside = await search("team-beuk", "ineke", f"zoek {_SOUGHT}")
        outside = await search("balie", "rachid", f"zoek {_SOUGHT}")
        hidden = channel_id("team-beuk")
        found = [ref for ref in (inside.about if inside else ()) if ref.id == _PRIVATE]
        leaked = [ref for ref in (outside.about if outside else ()) if ref.channel == hidden]
        if inside is None or outside is None or not found or leaked:
            self._miss(played, _("The private question should be found by its members and by nobody else."))
            return
        stage.tell(
            _(
                "Ineke and Rachid both search for “{words}”. Ineke is in #team-beuk, a private channel, and finds "
                "the talk about it. Rachid is not: for him it does not exist, not in a result, not in a "
                "number, not in the words of an invitation."
            ).format(words=_SOUGHT)
        )

    def _show_reports(self, played: "Played") -> None:
        _, stage = self._, self._stage
        stage.scene(_("What the facilitators get"))
        pages = sorted((self._world.config.data / "reports").glob("*.html"))
        sent = self._last(lambda o: o.purpose == "report" and o.body.lang == self._lang)
        if len(pages) < len(self._script.communities) or sent is None:
            self._miss(played, _("Each community should have its weekly report."))
            return
        who = next((m.name for m in self._script.people.values() if m.id == sent.target.person), "")
        stage.ander(sent, who)
        stage.tell(_("Open in a browser: {pages}").format(pages=", ".join(f"`{_near(page)}`" for page in pages)))
        stage.tell(
            _(
                "Never a word about one person: groups smaller than five are left out, nobody is ranked, no mood is "
                "guessed. A works council may read along."
            )
        )

    async def _show_totals(self) -> None:
        questions, answered, kept = await self._filed(self._script.starts - timedelta(days=1))
        async with self._world.store.snapshot() as tx:
            asked = [row for row in await tx.invitations() if row.sent_at]
        spoke = len([out for out in self.sent() if out.purpose not in ("notice", "report")])
        self._stage.count(
            self._(
                "In all: questions {q}, answered {a}, know-how {k}, invitations {i}. Ander spoke {s} times in eight "
                "weeks; the rest of the time it only listened."
            ).format(q=questions, a=answered, k=kept, i=len(asked), s=spoke)
        )

    # ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    def _talk(self, at: datetime, said: Said) -> None:
        self._stage.talk(
            at.astimezone(ZONE), self._name(said.by), f"#{said.channel}", said.text, thread=said.root is not None
        )

    def _gloss(self, text: str) -> None:
        """For who does not read Dutch: the people of the demo mostly write it."""
        if self._lang != "nl":
            self._stage.gloss(text)

    def _miss(self, played: "Played", text: str) -> None:
        played.missing.append(text)
        self._stage.missing(text)

    def _last(self, wanted: Callable[[Outgoing], bool]) -> Outgoing | None:
        return next((out for out in reversed(self.sent()) if wanted(out)), None)

    def _name(self, key: str) -> str:
        return self._script.people[key].name

    def _channel(self, out: Outgoing) -> str:
        return "#" + (out.target.channel or "").partition("#")[2]

    @staticmethod
    def _ref(at: datetime, said: Said) -> Ref:  # noqa: ARG004 # goes with how `played.said` is kept
        return Ref(channel_id(said.channel), MessageId(said.name))


def _near(page: object) -> str:
    from pathlib import Path

    path = Path(str(page))
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
