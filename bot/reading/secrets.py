"""Masks secrets before anything is stored: keys and tokens, passwords, bank, card and citizen numbers.

Every pattern is linear: bounded or possessive repeats, no nested ones. What is masked becomes `[masked: kind]`;
masking masked text changes nothing.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 40_000  # characters looked at and kept; platforms allow no more in a message


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    accept: Callable[[re.Match[str]], bool] | None
    hints: tuple[str, ...]  # lower-case strings of which the text must hold one; none: it must hold a number


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` with every secret replaced by `[masked: kind]`, and the kinds found, in order of the rules.

    Text beyond `LONGEST` characters is cut off (at a blank where there is one), so that nothing unread is kept.
    """
    text = shorten(text)
    low = text.lower()
    wanted = {at for hint, at in _HINTS if hint in low}
    if _NUMBER.search(text):
        wanted |= _OF_NUMBERS
    found: list[str] = []
    for at in sorted(wanted):
        text = _apply(_RULES[at], text, found)
    return text, tuple(found)


def shorten(text: str) -> str:
    """`text`, cut to `LONGEST` characters; a word on the cut goes whole, as it may be half a secret."""
    if len(text) <= LONGEST:
        return text
    head = text[:LONGEST]
    at = max(head.rfind(" "), head.rfind("\n"))
    return (head[:at] if at > LONGEST - 2000 else head[: LONGEST - 2000]) + " […]"


def _apply(rule: _Rule, text: str, found: list[str]) -> str:
    def swap(match: re.Match[str]) -> str:
        if rule.accept is not None and not rule.accept(match):
            return match.group()
        if rule.kind not in found:
            found.append(rule.kind)
        start, end = match.span("secret")
        whole, base = match.group(), match.start()
        return f"{whole[: start - base]}[masked: {rule.kind}]{whole[end - base :]}"

    return rule.pattern.sub(swap, text)


# ── numbers with a check digit ────────────────────────────────────────────────────────────────────────────────

_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VG": 24, "XK": 20,
}  # fmt: skip


def is_iban(text: str) -> bool:
    """Right length for its country and remainder 1 modulo 97 (ISO 13616)."""
    plain = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    if _IBAN_LENGTH.get(plain[:2]) != len(plain) or not plain[2:4].isdigit() or not plain.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def is_bsn(text: str) -> bool:
    """Nine digits that pass the Dutch eleven test (weights 9 … 2 and −1)."""
    digits = [int(char) for char in text if char in "0123456789"]
    if len(digits) != 9 or len(set(digits)) == 1:
        return False
    return sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True)) % 11 == 0


def is_card(text: str) -> bool:
    """A number of a known card brand and length that passes Luhn's test."""
    digits = "".join(char for char in text if char in "0123456789")
    if not _BRAND.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


_BRAND = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}"
)

# ── does a value look like a secret? ──────────────────────────────────────────────────────────────────────────

_PLACEHOLDER = re.compile(
    r"[*x•.…_-]+|<.*|\$.*|\{.*|%.*|\[.*|null|none|nil|true|false|undefined|empty|leeg|string|str|required|optional|"
    r"changeme|example|your.*|mijn.*|my.*|os\..*|env.*|process\..*|get.*|vergeten|verlopen|reset|gewijzigd|fout|"
    r"onjuist|verkeerd|wrong|expired|incorrect|invalid|forgotten|see|zie|hier|here|niet|not|the|het|een|geen",
    re.IGNORECASE,
)


def _entropy(text: str) -> float:
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def _mixed(value: str) -> bool:
    """Letters with digits or signs inside, or upper case after lower: no ordinary word."""
    letters = any(c.isalpha() for c in value)
    odd = any(c.isdigit() or c in "!@#$%^&*_+=~?" for c in value.rstrip("?!"))
    return letters and (odd or value[-1:] == "!" or any(c.isupper() for c in value[1:]))


def _assigned(match: re.Match[str]) -> bool:
    value = match.group("secret").rstrip(".,;")
    made_up = _PLACEHOLDER.fullmatch(value) or _CALL.match(match.string, match.end())
    return len(value) >= 4 and not made_up


def _told(match: re.Match[str]) -> bool:
    value = match.group("secret").rstrip(".,;")
    if _PLACEHOLDER.fullmatch(value) or len(value) < 6 or _URL.match(value):
        return False
    return _mixed(value)


def _dense(match: re.Match[str]) -> bool:
    value = match.group("secret")
    if _PLACEHOLDER.fullmatch(value) or _CALL.match(match.string, match.end()):
        return False
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and _entropy(value) >= 3.2


def _near_bsn(match: re.Match[str]) -> bool:
    around = match.string[max(0, match.start() - 60) : match.end() + 40]
    return bool(_BSN_WORD.search(around)) and is_bsn(match.group("secret"))


_CALL = re.compile(r"[(\[]")
_URL = re.compile(r"https?:", re.IGNORECASE)
_BSN_WORD = re.compile(
    r"\b(?:bsn|burger ?service ?nummer|sofi(?:nummer)?|citizen service (?:number|nr))", re.IGNORECASE
)


def _rule(
    kind: str,
    hints: str,
    pattern: str,
    accept: Callable[[re.Match[str]], bool] | None = None,
    *,
    any_case: bool = False,
) -> _Rule:
    source = pattern if "(?P<secret>" in pattern else f"(?P<secret>{pattern})"
    return _Rule(kind, re.compile(source, re.IGNORECASE if any_case else 0), accept, tuple(hints.split()))


def _iban() -> str:
    """Each country's IBAN in its own length, with or without signs between."""
    lengths = sorted(set(_IBAN_LENGTH.values()))
    parts = [
        rf"(?:{'|'.join(c for c, n in _IBAN_LENGTH.items() if n == length)})\d\d(?:[ .-]?[A-Za-z0-9]){{{length - 4}}}"
        for length in lengths
    ]
    return rf"(?<![A-Za-z0-9])(?:{'|'.join(parts)})(?![A-Za-z0-9])"


_B = r"(?<![A-Za-z0-9_])"  # a token starts here
_WORDS = r"[a-z]{0,14}wachtwoord(?:en)?|passw(?:oord|ord|d)|pass(?:phrase|code)|pwd|pw|ww"
_NUMBER = re.compile(r"\d[ .-]?\d[ .-]?\d[ .-]?\d[ .-]?\d")

_RULES: tuple[_Rule, ...] = (
    _rule(
        "private key",
        "-----begin",
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]*+(?:-{1,4}+[^-]++)*+"
        r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|-{0,5}\Z)?",
    ),
    _rule(
        "slack token",
        "xox xapp-",
        _B + r"(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9%-]{10,}+|xapp-\d-[A-Za-z0-9-]{10,}+)",
    ),
    _rule(
        "slack webhook",
        "hooks.slack.com",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]{10,}+)",
    ),
    _rule("matrix token", "syt_ syr_", _B + r"sy[tr]_[A-Za-z0-9+/=_-]{20,}+"),
    _rule("matrix token", "mat_ mct_", _B + r"m[ac]t_[A-Za-z0-9]{20,}+_[A-Za-z0-9]{6}"),
    _rule("matrix token", "mdax", _B + r"MDAx[A-Za-z0-9+/=_-]{60,}+"),
    _rule("recovery key", "es", _B + r"Es[A-HJ-NP-Za-km-z1-9]{2}(?: [A-HJ-NP-Za-km-z1-9]{4}){10,11}(?![A-Za-z0-9])"),
    _rule(
        "github token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        _B + r"(?:gh[pousr]_[A-Za-z0-9]{30,}+|github_pat_[A-Za-z0-9_]{22,}+)",
    ),
    _rule("gitlab token", "gl", _B + r"gl(?:pat|ptt|dt|rt|rtr|cbt|soat|ft|imt|agent|oas)-[A-Za-z0-9_.-]{20,}+"),
    _rule(
        "aws key",
        "akia asia abia acca aroa aida",
        _B + r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    ),
    _rule("anthropic key", "sk-ant-", _B + r"sk-ant-[A-Za-z0-9_-]{16,}+"),
    _rule("openai key", "sk- sess-", _B + r"(?:sk|sess)-[A-Za-z0-9_-]{20,}+"),
    _rule("hugging face token", "hf_", _B + r"hf_[A-Za-z0-9]{30,}+"),
    _rule(
        "google key",
        "aiza ya29. gocspx-",
        _B + r"(?:AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}+|GOCSPX-[0-9A-Za-z_-]{20,}+)",
    ),
    _rule(
        "stripe key",
        "k_live_ k_test_ whsec_",
        _B + r"(?:[srp]k_(?:live|test)_[0-9A-Za-z]{10,}+|whsec_[0-9A-Za-z+/=]{20,}+)",
    ),
    _rule("sendgrid key", "sg.", _B + r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,}+"),
    _rule(
        "package token",
        "npm_ pypi- _v1_",
        _B + r"(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}+|do[opr]_v1_[a-f0-9]{40,}+)",
    ),
    _rule("telegram token", ":aa", _B + r"\d{8,10}:AA[A-Za-z0-9_-]{32,}+"),
    _rule("jwt", "eyj", _B + r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?"),
    _rule(
        "bearer token",
        "bearer basic",
        r"\b(?:bearer|basic) {1,3}(?P<secret>[A-Za-z0-9+/=_.~-]{16,}+)",
        _dense,
        any_case=True,
    ),
    _rule(
        "password in url",
        "://",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\[]{0,80}:(?P<secret>[^\s/@\[]{1,120})@",
    ),
    _rule(
        "connection string",
        "password pwd accountkey sharedaccess",
        r"\b(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature) {0,2}="
        r" {0,2}(?P<secret>[^\s;\"'<\[]{4,200})(?=;)",
        any_case=True,
    ),
    _rule(
        "key",
        "key token secret passw credential auth sig",
        r"(?i:key|token|secret|passw|credential|auth|sig)[A-Za-z0-9_.-]{0,24}[\"']?\s{0,3}(?:=>|:=|[:=])\s{0,3}"
        r"[\"']?(?P<secret>[A-Za-z0-9+/_=.~-]{16,}+)",
        _dense,
    ),
    _rule(
        "password",
        "wachtw passw passph passc pwd pw ww api secret",
        rf"\b(?:{_WORDS}|api[ _-]?(?:key|sleutel)|secret|client[ _-]?secret)"
        r"[\"']?(?: [\w’'-]{1,15}){0,3} {0,2}[:=] {0,2}[\"'`]?(?P<secret>[^\s\"'`\[]{4,100})",
        _assigned,
        any_case=True,
    ),
    _rule(
        "password",
        "wachtw passw passph passc pwd pw ww toegangscode login",
        rf"\b(?:{_WORDS}|toegangscode|login)(?: [\w’'-]{{1,15}}){{0,4}}?"
        r" (?:is(?: nu| now)?|wordt|was|blijft|=>?|->|to|naar) [\"'`«“]?(?P<secret>[^\s\"'`»”\[]{6,100})",
        _told,
        any_case=True,
    ),
    _rule(
        "pin",
        "pin code",
        r"\b(?:pin(?:code)?|toegangscode|alarmcode|deurcode|door code)(?: [\w’'-]{1,15}){0,3}?"
        r" {0,2}(?:is|wordt|was|[:=]) {0,2}(?P<secret>\d{4,8})(?!\d)",
        any_case=True,
    ),
    _rule("iban", "", _iban(), lambda match: is_iban(match.group("secret")), any_case=True),
    _rule("card", "", r"(?<![\d.,/#:_-])\d(?:[ -]?\d){12,18}(?![\d_])", lambda match: is_card(match.group("secret"))),
    _rule(
        "bsn",
        "bsn service sofi",
        r"(?<![\d.,])\d{4}[ .-]?\d{2}[ .-]?\d{3}(?![\d,])|(?<![\d.,])\d{3}[ .-]\d{3}[ .-]\d{3}(?![\d,])",
        _near_bsn,
    ),
)
_HINTS = tuple((hint, at) for at, rule in enumerate(_RULES) for hint in rule.hints)
_OF_NUMBERS = frozenset(at for at, rule in enumerate(_RULES) if not rule.hints)
