"""A few people who talk, by dice: questions and answers, threads, edits, deletions, reactions, new channels, and words
to Ander as a mention, as a command, and in a direct message.
"""

import asyncio
import random
from dataclasses import dataclass, field

from tests.slack.fake import Channel, Delivery, Message, Slack, User
from tests.slack.tally import Story

LINES = (
    "good morning all",
    "Does anybody know how to rotate the signing key without restarting the service?",
    "I can't get the export to run, it says 'permission denied' on the second step",
    "You can run it with --dry-run first, it prints what it would change and touches nothing.",
    "thanks, that did it!",
    "Iemand ervaring met het koppelen van de agenda aan het nieuwe rooster?",
    "Tip: zet eerst de oude koppeling uit, anders krijg je alle afspraken dubbel.",
    "lunch?",
    "the build is green again",
)


@dataclass(slots=True)
class Crowd:
    """`turn` lets one of them do one thing; what they said is in `story`. `asked`: how often Ander was spoken to;
    `calls`: the commands among it, which nobody waits for."""

    slack: Slack
    rng: random.Random
    people: list[User]
    channels: list[Channel]
    story: Story = field(default_factory=Story)
    asked: int = 0
    calls: list["asyncio.Task[Delivery]"] = field(default_factory=list)
    _count: int = 0
    _said: list[tuple[User, Message]] = field(default_factory=list)

    async def turn(self) -> None:
        """One thing happens."""
        dice = self.rng.random()
        if dice < 0.70 or not self._said:
            await self._say()
        elif dice < 0.80:
            await self._edit()
        elif dice < 0.85:
            await self._delete()
        elif dice < 0.90:
            await self._mark()
        elif dice < 0.92:
            await self._open_channel()
        else:
            await self._ask()

    def _token(self) -> str:
        self._count += 1
        return f"w{self._count}x"

    async def _say(self) -> None:
        user, channel, token = self.rng.choice(self.people), self.rng.choice(self.channels), self._token()
        thread = None
        if self._said and self.rng.random() < 0.35:
            candidate = self.rng.choice(self._said[-10:])[1]
            channel, thread = self.slack.state.channels[candidate.channel], candidate
        message = await self.slack.says(user, channel, f"{self.rng.choice(LINES)} ({token})", thread=thread)
        self.story.said(channel.id, message.ts, token)
        self._said.append((user, message))

    async def _edit(self) -> None:
        user, message = self.rng.choice(self._said[-10:])
        token = self._token()
        await self.slack.edits(user, message, f"{self.rng.choice(LINES)} ({token})")
        self.story.said(message.channel, message.ts, token)

    async def _delete(self) -> None:
        user, message = self._said.pop(self.rng.randrange(max(0, len(self._said) - 10), len(self._said)))
        await self.slack.deletes(user, message)
        self.story.took_back(message.channel, message.ts)

    async def _mark(self) -> None:
        _, message = self.rng.choice(self._said[-10:])
        now = self.slack.state.channels[message.channel].messages[message.ts]
        name = self.rng.choice(("white_check_mark", "books", "+1"))
        user = self.rng.choice([one for one in self.people if one.id not in now.reactions.get(name, [])])
        await self.slack.reacts(user, message, name)

    async def _open_channel(self) -> None:
        """Ander comes in, and has to say what it does, once. Nobody says anything there."""
        user = self.rng.choice(self.people)
        channel = await self.slack.creates(user, f"new-{self._token()}")
        await self.slack.joins(self.slack.bot(), channel, inviter=user)

    async def _ask(self) -> None:
        user, channel = self.rng.choice(self.people), self.rng.choice(self.channels)
        self.asked += 1
        words = self.rng.choice(("open", "domains", "help", f"search key {self._token()}"))
        dice = self.rng.random()
        if dice < 0.3:
            channel = self.slack.direct(user)
            message = await self.slack.says(user, channel, words)
            self.story.to_ander.add((channel.id, message.ts))
        elif dice < 0.6:
            self.calls.append(asyncio.create_task(self.slack.types_command(user, channel, words)))
        else:
            message = await self.slack.says(user, channel, f"<@{self.slack.bot().id}> {words}")
            self.story.to_ander.add((channel.id, message.ts))
