"""The whole life of Ander in a workspace, as people live it: by socket and by HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.settings import SlackSection
from bot.config import CommunitySection, Config
from bot.ports import Store
from tests.core.fakes import Clock
from tests.slack.fake import AppSettings, Slack, User, View, audit
from tests.slack.living import HTTP, SOCKET, Life, living
from tests.slack.moments import NOW

QUESTION = "How do I reset the password of a locked mailbox in the new webmail?"
ANSWER = "Open Settings, choose Security and click Reset; the person gets a mail with a link."
AGAIN = "How can I reset the password of a locked mailbox in the webmail?"
OPEN = "How do I get a shared mailbox back after the webmail locked its password?"
WORDS = "Unlock it under Settings, Security, Shared; I did so last month."


class Village:
    """Two communities: the web team, in public, and the care team, in private."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.eva, self.fay = slack.user("eva"), slack.user("fay", locale="nl-NL")
        self.ann, self.bo = slack.user("ann"), slack.user("bo")
        self.crowd = [slack.user(f"person{number}") for number in range(4)]
        self.web = slack.channel("web", self.ann, self.bo, *self.crowd)
        self.care = slack.channel("care-team", self.eva, self.fay, *self.crowd, type="group")

    @property
    def config(self) -> Config:
        return Config(
            communities={
                "web": CommunitySection(name="Web team", channels=("web",)),
                "care": CommunitySection(
                    name="Care", channels=("care-*",), lang="nl", facilitators=(f"slack:{self.fay.id}",)
                ),
            }
        )


@pytest.fixture(params=[SOCKET, HTTP], ids=["socket", "http"])
async def story(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> AsyncIterator[tuple[Village, Life]]:
    clock, section = Clock(NOW), request.param
    assert isinstance(section, SlackSection)
    app = AppSettings(socket_mode=section.mode == "socket", request_url=None)
    async with Slack(clock=clock, app=app) as slack:
        village = Village(slack)
        async with living(slack, store, tmp_path, clock, config=village.config, section=section) as life:
            yield village, life
        messages = [one for one in slack.said if one.text]  # what is uploaded has no words
        assert audit(messages).clean, audit(messages)
        assert not any(one.alarms or one.unfurls for one in messages)


async def test_the_whole_life(story: tuple[Village, Life]) -> None:
    village, life = story
    slack = village.slack
    await life.begin()

    # Ander is invited: the notice comes first, in the channel's language, and is pinned.
    for channel in (village.web, village.care):
        await slack.joins(slack.bot(), channel, inviter=village.fay)
    await life.settle()
    (notice,) = slack.from_app(village.care)
    assert "voortaan" in notice.text or "Ander" in notice.text
    assert village.care.pins == [notice.ts]

    # Somebody asks, somebody answers.
    question = await slack.says(village.ann, village.web, QUESTION)
    await life.settle(minutes=1)
    await slack.says(village.bo, village.web, ANSWER, thread=question)
    await life.settle(minutes=1)
    await slack.says(village.ann, village.web, "Thanks, that works!", thread=question)
    await life.settle(minutes=5)

    # It is asked again: the asker alone is shown what was answered before.
    again = await slack.says(village.crowd[0], village.web, AGAIN)
    await life.settle(minutes=1)
    (suggestion,) = slack.whispers(village.crowd[0])
    assert ANSWER in str(suggestion.blocks)
    await slack.presses(village.crowd[0], suggestion, "This helped")
    await life.settle()
    (thanks,) = slack.whispers(village.crowd[0])  # it took the place of the suggestion
    assert thanks.ts != suggestion.ts
    assert (item := await life.item(again)) is not None
    assert item.status == "resolved"

    # In a private channel nobody knows. The asker is asked before the question leaves it.
    asked = await slack.says(village.eva, village.care, OPEN)
    await life.settle(minutes=1)
    for whisper in slack.whispers(village.eva):
        await slack.presses(village.eva, whisper, "Not the same")
    await life.settle(hours=5)
    consent = slack.whispers(village.eva)[-1]
    assert OPEN in str(consent.blocks)
    await slack.presses(village.eva, consent, "Yes, ask around")
    form = slack.modal(village.eva)
    assert OPEN in str(form.content["blocks"])  # exactly what would be shared
    await slack.submits_modal(village.eva, form)
    await life.settle(hours=19)

    # Somebody from outside is invited, says a few words, and they stand in the thread with the name.
    letter = slack.letters(village.bo)[-1]
    assert OPEN in str(letter.blocks)
    await slack.presses(village.bo, letter, "Answer here")
    await slack.submits_modal(village.bo, slack.modal(village.bo), {"text": WORDS})
    await life.settle(minutes=1)
    relayed = slack.from_app(village.care)[-1]
    assert (relayed.thread_ts, WORDS in str(relayed.blocks)) == (asked.ts, True)

    # It helped, and Bo hears so.
    await slack.presses(village.eva, relayed, "Hier heb ik wat aan")
    await life.settle(minutes=1)
    assert "helped" in slack.letters(village.bo)[-1].text

    # On Monday the facilitator gets the week, with the page.
    await life.settle(days=6)
    report = slack.letters(village.fay)
    assert "Weekrapport" in report[0].text or "Care" in report[0].text
    files = [file["name"] for message in report for file in message.files]
    assert any(name.endswith(".html") for name in files)


async def test_a_settings_form_and_ones_own_page(story: tuple[Village, Life]) -> None:
    village, life = story
    slack, fay = village.slack, village.fay
    await life.begin()
    await slack.joins(slack.bot(), village.care)
    await life.settle()
    await slack.opens_home(fay)
    await life.settle()
    home = home_of(slack, fay)
    await slack.presses(fay, home, "Wijzig")
    await slack.submits_modal(fay, slack.modal(fay), {"per-week": "1", "quiet": "12:00-13:30"})
    await life.settle()
    assert "12:00–13:30" in str(home_of(slack, fay).content)


def home_of(slack: Slack, user: User) -> View:
    home = slack.home_of(user)
    assert home is not None
    return home
