"""At most three things to do next week, each with its reason and one click."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.reports.excerpt import excerpt
from bot.reports.material import Newcomer, QuestionRecord, Revival
from bot.reports.risk import UNFILED, DomainRisk

GREET, REVIVE, LOOK, LEAN = "greet", "revive", "look", "lean"
"""greet newcomers · revive a question with an ander · look at a question no ander is known for · a domain
leans on few."""

MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """kind: one of the four above. facts: what its sentence is made of. link: the one click on a page (""
    when there is none). command: the one click in a chat, words for `/ander` ("" when there is none).

    facts per kind: greet {names, count}; revive {title, name, why}; look {title}; lean {domain, people,
    asked}.
    """

    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    command: str = ""


def suggest(
    newcomers: Sequence[Newcomer],
    backlog: Sequence[QuestionRecord],
    revivals: Iterable[Revival],
    risks: Iterable[DomainRisk],
    now: datetime,
) -> tuple[Suggestion, ...]:
    """One of each kind at most: newcomers nobody answered, an open question, the domain that leans on one
    person.

    newcomers, backlog: as judged by `newcomers.unmet` and `responses.backlog`. Only what every reader may see
    is named.
    """
    found = (_greet(newcomers), _revive(backlog, revivals, now), _lean(risks))
    return tuple(one for one in found if one is not None)[:MOST]


def _greet(newcomers: Sequence[Newcomer]) -> Suggestion | None:
    shown = [n for n in newcomers if n.name][:3]
    if not shown:
        return None
    facts = {"names": ", ".join(excerpt(n.name) for n in shown), "count": str(len(shown))}
    return Suggestion(kind=GREET, facts=facts, link=shown[0].link)


def _revive(backlog: Sequence[QuestionRecord], revivals: Iterable[Revival], now: datetime) -> Suggestion | None:
    """The youngest open question has the best chance; one for which an ander is known goes first."""
    known = {revival.question: revival for revival in revivals}
    shown = [q for q in backlog if q.public and q.title and (q.link or q.id in known)]
    if not shown:
        return None
    question = max(shown, key=lambda q: (q.id in known, q.at - now, q.id))
    revival = known.get(question.id)
    if revival is None:
        return Suggestion(kind=LOOK, facts={"title": excerpt(question.title)}, link=question.link)
    facts = {
        "title": excerpt(question.title),
        "name": excerpt(revival.name),
        "why": excerpt(revival.why),
    }
    return Suggestion(kind=REVIVE, facts=facts, link=question.link, command=f"invite {question.id}")


def _lean(risks: Iterable[DomainRisk]) -> Suggestion | None:
    """The most asked domain in which one person gives half of the answers. Never who."""
    lean = [r for r in risks if r.factor == 1 and r.domain != UNFILED]
    worst = max(lean, key=lambda r: (r.asked, r.domain), default=None)
    if worst is None:
        return None
    facts = {"domain": worst.domain, "people": str(worst.factor), "asked": str(worst.asked)}
    return Suggestion(kind=LEAN, facts=facts)
