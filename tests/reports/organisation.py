"""An invented organisation with some months of talk, from a seed: material for reports to look at and to
time.

Three communities of a Dutch-English care organisation. Nothing here comes from real people or conversations.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from bot.reports.material import (
    HISTORY_WEEKS,
    AnswerRecord,
    InvitationRecord,
    KnowHowRecord,
    Material,
    Membership,
    Newcomer,
    Post,
    QuestionRecord,
    Revival,
    SearchRecord,
    StoryCandidate,
    SuggestionRecord,
)
from bot.reports.responses import is_open
from bot.reports.week import Week, last_weeks
from tests.reports.moments import WEEK

GROUPS = {"wound-care": "Wondzorg", "ict": "ICT & data", "training": "Leren en ontwikkelen", "night": "Nachtteam"}
DOMAINS = {
    "compression": "Compressietherapie",
    "pressure": "Drukletsel",
    "records": "Dossier en rapporteren",
    "dressings": "Verbandmiddelen",
    "teaching": "Cliënten iets leren",
}
TITLES = (
    "Wie heeft ervaring met klittenbandverband bij mensen die zelf niet kunnen bukken?",
    "How do you photograph a wound so that two colleagues judge it the same way?",
    "Mag een foto uit de app meteen in het dossier, of gaat dat via de computer?",
    "Alginaat of hydrofiber bij veel vocht: waar letten jullie op?",
    "What do you do when the heel will not come free of the mattress?",
    "Hoe leg je in één minuut uit waarom iemand moet blijven lopen?",
)
FIRST_NAMES = ("Noor", "Bram", "Yasmin", "Owen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How big an invented community is, per week."""

    members: int
    neighbours: int
    posts: int
    questions: int
    invitations: int = 6
    searches: int = 12


TYPICAL = Size(members=64, neighbours=70, posts=240, questions=14)


def organisation(seed: int, size: Size = TYPICAL, week: Week = WEEK, lang: str = "nl") -> Material:
    """The material of the community "Wondzorg" for one week; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    weeks = last_weeks(week, HISTORY_WEEKS + 1)
    people = _People.of(rng, size)
    newcomers = _newcomers(rng, weeks)
    questions = tuple(q for n, w in enumerate(weeks) for q in _questions(rng, people, size, w, n / len(weeks)))
    posts = [p for n, w in enumerate(weeks) for p in _posts(rng, people, size, w, n / len(weeks))]
    posts += [p for one in newcomers for p in _first_posts(rng, one, weeks)]
    recent = tuple(q for q in questions if q.at >= week.back(2).start and q.public and is_open(q, week.end))
    material = Material(
        community="wound-care",
        name="Wondzorg",
        timezone=week.zone,
        lang=lang,
        week=week,
        members=_members(people, newcomers),
        groups=people.groups | {n.person: "wound-care" for n in newcomers},
        group_names=GROUPS,
        domain_names=DOMAINS,
        posts=tuple(sorted(posts, key=lambda p: p.at)),
        questions=questions,
        know_how=tuple(k for w in weeks for k in _know_how(rng, w)),
        invitations=tuple(i for w in weeks for i in _invitations(rng, people, size, w)),
        newcomers=newcomers,
        invitable=frozenset(people.outsiders),
        stories=(_story(week),),
    )
    return replace(
        material,
        searches=tuple(_searches(rng, people, size, weeks)),
        suggestions=tuple(_suggestions(rng, people, size, weeks)),
        revivals=tuple(_revival(q) for q in recent),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    members: tuple[str, ...]
    outsiders: tuple[str, ...]
    liveliness: "np.typing.NDArray[np.float64]"
    groups: dict[str, str]

    @classmethod
    def of(cls, rng: np.random.Generator, size: Size) -> "_People":
        members = tuple(f"m{n}" for n in range(size.members))
        outsiders = tuple(f"o{n}" for n in range(size.neighbours))
        weights = rng.lognormal(0, 1.1, size.members)
        homes = dict.fromkeys(members, "wound-care")
        others = [group for group in GROUPS if group != "wound-care"]
        homes |= {person: others[n % len(others)] for n, person in enumerate(outsiders)}
        return cls(members=members, outsiders=outsiders, liveliness=weights / weights.sum(), groups=homes)

    def member(self, rng: np.random.Generator) -> str:
        return self.members[int(rng.choice(len(self.members), p=self.liveliness))]

    def outsider(self, rng: np.random.Generator) -> str:
        return self.outsiders[int(rng.integers(len(self.outsiders)))]

    def visitor(self, rng: np.random.Generator, outside: float) -> str:
        """A member, or one of the few from elsewhere who drop in often."""
        return (
            self.outsiders[int(rng.integers(min(9, len(self.outsiders))))]
            if rng.random() < outside
            else self.member(rng)
        )

    def anyone(self, rng: np.random.Generator, outside: float) -> str:
        return self.outsider(rng) if rng.random() < outside else self.member(rng)


def _moment(rng: np.random.Generator, week: Week) -> datetime:
    """A working hour of a working day."""
    day, hour = int(rng.choice(7, p=(0.2, 0.2, 0.2, 0.18, 0.16, 0.03, 0.03))), float(rng.uniform(7.5, 17.5))
    return week.start + timedelta(days=day, hours=hour)


def _around(rng: np.random.Generator, mean: float) -> range:
    return range(int(rng.poisson(mean)))


def _questions(
    rng: np.random.Generator, people: _People, size: Size, week: Week, progress: float
) -> list[QuestionRecord]:
    return [
        _question(rng, people, week, f"{week.key}-{n}", progress)
        for n in _around(rng, size.questions * (0.8 + 0.4 * progress))
    ]


def _question(rng: np.random.Generator, people: _People, week: Week, key: str, progress: float) -> QuestionRecord:
    asked, asker = _moment(rng, week), people.member(rng)
    replied = rng.random() < 0.97
    slow = rng.random() < 0.2 - 0.12 * progress
    wait = timedelta(hours=float(rng.lognormal(5.3 if slow else 1.9 - 0.7 * progress, 0.6 if slow else 1.2)))
    domain = list(DOMAINS)[int(rng.choice(5, p=(0.34, 0.26, 0.18, 0.14, 0.08)))]
    given = _answers(rng, people, asked + wait, domain, 0.12 + 0.22 * progress) if replied else ()
    answers = tuple(answer for answer in given if answer.person != asker)
    return QuestionRecord(
        id=key,
        person=asker,
        at=asked,
        domain=domain if rng.random() < 0.9 else None,
        first_reply_at=min((a.at for a in answers), default=None),
        resolved_at=answers[-1].at if answers and rng.random() < 0.7 else None,
        answers=answers,
        title=TITLES[int(rng.integers(len(TITLES)))],
        link=f"https://chat.example/archives/wound-care/{key}",
        public=rng.random() < 0.9,
    )


def _answers(
    rng: np.random.Generator, people: _People, first: datetime, domain: str, outside: float
) -> tuple[AnswerRecord, ...]:
    found, at = [], first
    for _ in range(1 + int(rng.poisson(0.9))):
        # One person carries compression therapy: the risk the report is to find.
        lean = domain == "compression" and rng.random() < 0.55
        person = people.members[0] if lean else people.anyone(rng, outside)
        outsider = person in people.outsiders
        new = outsider and rng.random() < 0.5
        helpful = rng.random() < 0.5
        found.append(AnswerRecord(person=person, at=at, outsider=outsider, helpful=helpful, first_pair=new))
        at += timedelta(hours=float(rng.exponential(5)))
    return tuple(found)


def _posts(rng: np.random.Generator, people: _People, size: Size, week: Week, progress: float) -> list[Post]:
    posts = []
    for _ in _around(rng, size.posts * (0.85 + 0.3 * progress)):
        person, other = people.visitor(rng, 0.02 + 0.16 * progress), people.member(rng)
        to = other if rng.random() < 0.5 and other != person else None
        posts.append(Post(person=person, at=_moment(rng, week), reply_to=to))
    return posts


def _newcomers(rng: np.random.Generator, weeks: tuple[Week, ...]) -> tuple[Newcomer, ...]:
    found = []
    for week in weeks:
        for n in range(2 + int(rng.poisson(2.2))):
            first = _moment(rng, week)
            answered = rng.random() < 0.75 and not (week is weeks[-1] and n < 2)
            reply = first + timedelta(hours=float(rng.exponential(14))) if answered else None
            key = f"{week.key}-{n}"
            link = f"https://chat.example/archives/wound-care/first-{key}"
            name = FIRST_NAMES[n % 4]
            found.append(Newcomer(person=f"n{key}", first_post_at=first, first_reply_at=reply, name=name, link=link))
    return tuple(found)


def _first_posts(rng: np.random.Generator, newcomer: Newcomer, weeks: tuple[Week, ...]) -> list[Post]:
    stays = rng.random() < 0.7
    later = [w for w in weeks if w.start > newcomer.first_post_at and stays and rng.random() < 0.6]
    return [Post(person=newcomer.person, at=newcomer.first_post_at)] + [
        Post(person=newcomer.person, at=_moment(rng, week)) for week in later
    ]


def _members(people: _People, newcomers: tuple[Newcomer, ...]) -> tuple[Membership, ...]:
    known = tuple(Membership(person=p) for p in people.members)
    new = [Membership(person=n.person, joined_at=n.first_post_at - timedelta(hours=2)) for n in newcomers]
    gone = [replace(m, left_at=m.joined_at + timedelta(weeks=6)) for m in new[::3] if m.joined_at]
    return (*known, *new[1::3], *new[2::3], *gone)


def _know_how(rng: np.random.Generator, week: Week) -> list[KnowHowRecord]:
    found = []
    for _ in _around(rng, 3.5):
        at, domain = _moment(rng, week), list(DOMAINS)[int(rng.integers(5))]
        confirmed = at + timedelta(hours=3) if rng.random() < 0.8 else None
        found.append(KnowHowRecord(at=at, domain=domain, confirmed_at=confirmed))
    return found


def _invitations(rng: np.random.Generator, people: _People, size: Size, week: Week) -> list[InvitationRecord]:
    found = []
    for n in _around(rng, size.invitations):
        sent = _moment(rng, week)
        depth = int(rng.choice(4, p=(0.4, 0.15, 0.2, 0.25)))
        times = [sent + timedelta(hours=5 * (n + 1)) if n < depth else None for n in range(3)]
        found.append(
            InvitationRecord(
                person=people.outsider(rng),
                question=f"{week.key}-{n}",
                sent_at=sent,
                accepted_at=times[0],
                replied_at=times[1],
                helpful_at=times[2],
            )
        )
    return found


def _searches(rng: np.random.Generator, people: _People, size: Size, weeks: tuple[Week, ...]) -> list[SearchRecord]:
    return [
        SearchRecord(person=people.member(rng), at=_moment(rng, week), opened=rng.random() < 0.55)
        for week in weeks
        for _ in _around(rng, size.searches)
    ]


def _suggestions(
    rng: np.random.Generator, people: _People, size: Size, weeks: tuple[Week, ...]
) -> list[SuggestionRecord]:
    return [
        SuggestionRecord(person=people.member(rng), at=_moment(rng, week), accepted=rng.random() < 0.4)
        for week in weeks
        for _ in _around(rng, size.questions * 0.5)
    ]


def _revival(question: QuestionRecord) -> Revival:
    return Revival(
        question=question.id,
        person="o1",
        name="Ilse",
        why="Ilse legde in mei in #leren-en-ontwikkelen uit hoe je zoiets in één minuut vertelt.",
    )


def _story(week: Week) -> StoryCandidate:
    return StoryCandidate(
        question="told",
        helpful_at=week.start + timedelta(days=3),
        asker="Fleur",
        ander="Youssef",
        group="ICT & data",
        asked="Hoe fotografeer je een wond zó dat twee collega’s er hetzelfde in zien?",
        answered="Leg een grijskaart naast de wond. Dan rekent de app het licht terug, "
        "en kun je de foto’s van week tot week vergelijken.",
        link="https://chat.example/archives/wound-care/told",
        helped=7,
        outsider=True,
        consented=True,
    )
