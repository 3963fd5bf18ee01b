"""A reading in one line for a person: what Ander made of the message and why."""

from bot.locale import texts
from bot.reading.model import Reading


def explain(reading: Reading, lang: str) -> str:
    """One line in `lang` ("nl" or "en"): the kind with its certainty, what it answers or solves, and the cues."""
    _ = texts(lang).gettext
    parts = [_("{kind}, {share} % sure").format(kind=_kind(reading, lang), share=round(100 * reading.confidence))]
    if reading.keep:
        parts.append(_("worth keeping"))
    if reading.answers:
        parts.append(_("answers {question}").format(question=reading.answers[0].question))
    if reading.resolves:
        parts.append(_("solves {question}").format(question=reading.resolves))
    if reading.secrets:
        parts.append(_("masked: {kinds}").format(kinds=", ".join(reading.secrets)))
    if reading.why:
        parts.append(_("because of {cues}").format(cues=", ".join(reading.why)))
    return " · ".join(parts)


def _kind(reading: Reading, lang: str) -> str:
    _ = texts(lang).gettext
    return {
        "question": _("a question"),
        "request": _("a request"),
        "clarify": _("asks the asker for details"),
        "answer": _("an answer"),
        "knowhow": _("know-how"),
        "thanks": _("thanks"),
        "other": _("something else"),
    }[reading.kind]
