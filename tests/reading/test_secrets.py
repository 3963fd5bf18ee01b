"""Secrets are masked before anything is kept; ordinary text stays as it is. All values here are made up."""

import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading import mask
from bot.reading.phrases import _beginnings, phrases
from bot.reading.secrets import _RULES, LONGEST, is_bsn, is_card, is_iban

# Put together at run time, so that no scanner takes this file for a leak.
X = "Ab3" * 20
SECRETS = {
    "slack token": "xox" + "b-123456789012-" + "abcDEF123456",
    "matrix token": "syt" + "_bWFydGlqbg_" + "QwErTyUiOpAsDfGhJkLz_1a2b3c",
    "github token": "gh" + "p_" + X[:36],
    "gitlab token": "gl" + "pat-" + X[:20],
    "aws key": "AKIA" + "QWERTYUIOPASDFGH",
    "anthropic key": "sk-" + "ant-api03-" + X[:40],
    "openai key": "sk-" + "proj-" + X[:40],
    "google key": "AIza" + X[:35],
    "stripe key": "sk" + "_live_" + X[:24],
    "jwt": "eyJhbGciOiJub25lIn0" + ".eyJzdWIiOiJuaWVtYW5kIn0" + ".c2lnbmF0dXJl",
    "iban": "NL91 ABNA 0417 1643 00",
    "card": "4111 1111 1111 1111",
}


@pytest.mark.parametrize(("kind", "secret"), SECRETS.items())
@pytest.mark.parametrize("frame", ["{}", "here it is: {} ok?", "zie {}, dank", "\n{}\n"])
def test_a_secret_goes(kind: str, secret: str, frame: str) -> None:
    masked, kinds = mask(frame.format(secret))
    assert secret not in masked
    assert kinds == (kind,)
    assert f"[masked: {kind}]" in masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("het wachtwoord is Zomer2031!", "Zomer2031!"),
        ("wachtwoord: welkom-thuis", "welkom-thuis"),
        ("the password for staging is now hunTer22x", "hunTer22x"),
        ("password=correcthorse", "correcthorse"),
        ("wifi ww: kaasje88", "kaasje88"),
        ("pincode is 4821", "4821"),
        ("postgres://ander:geheim99@db.example.org/ander", "geheim99"),
        ("Server=db;User=sa;Password=Pw0rdPw0rd;", "Pw0rdPw0rd"),
        ("API_KEY = 'k3j4h5k3j4h5k3j4h5'", "k3j4h5k3j4h5k3j4h5"),
        ("Authorization: Bearer a1B2c3D4e5F6g7H8i9J0", "a1B2c3D4e5F6g7H8i9J0"),
        ("mijn bsn is 111222333", "111222333"),
        ("maak het over op BE68 5390 0754 7034 voor vrijdag", "BE68 5390 0754 7034"),
        ("nl91abna0417164300 graag", "nl91abna0417164300"),
        ("burgerservicenummer 1112.22.333 staat erin", "1112.22.333"),
    ],
)
def test_told_in_prose(text: str, secret: str) -> None:
    masked, kinds = mask(text)
    assert secret not in masked
    assert len(kinds) == 1


def test_a_private_key_goes_whole_even_when_cut_off() -> None:
    head, body = "-----BEGIN RSA PRIVATE" + " KEY-----", "\nMIIEow-geheim\nregel2==\n"
    whole = f"kijk\n{head}{body}-----END RSA PRIVATE KEY-----\ngroet"
    assert mask(whole) == ("kijk\n[masked: private key]\ngroet", ("private key",))
    assert "geheim" not in mask(head + body)[0]


@pytest.mark.parametrize(
    "text",
    [
        "ik ben mijn wachtwoord vergeten, hoe reset ik dat?",
        "the password is wrong, it says 'invalid'",
        "wachtwoord moet minimaal 12 tekens zijn",
        "password: see the vault",
        "token = get_token(response)",
        "de sleutel ligt bij de receptie",
        "order 123456782 staat klaar",
        "NL91 ABNA 0417 1643 01 klopt niet",
        "bel 06 12345678 of 020-1234567",
        "4111 1111 1111 1112",
        "see https://example.org/path/to/some-long-page-name?id=1234567890",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "gebruik `password = os.environ['DB_PASSWORD']`",
        "12:30:45 2026-03-02T10:11:12.123456789Z",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == (text, ())


def test_check_digits() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB82 WEST 1234 5698 7654 33")
    assert is_bsn("111222333")
    assert not is_bsn("111222334")
    assert not is_bsn("000000000")
    assert is_card("5555555555554444")
    assert not is_card("5555555555554445")


pieces = st.lists(st.one_of(st.text(max_size=30), st.sampled_from(sorted(SECRETS.values()))), max_size=8)


@given(pieces)
@settings(max_examples=150, deadline=None)
def test_masking_twice_is_masking_once(parts: list[str]) -> None:
    once, _kinds = mask(" ".join(parts))
    assert mask(once)[0] == once


@given(st.text(alphabet=" abc,.?!\n", max_size=40), st.sampled_from(sorted(SECRETS.values())))
@settings(max_examples=100, deadline=None)
def test_no_text_around_it_saves_a_secret(around: str, secret: str) -> None:
    assert secret not in mask(f"{around} {secret} {around}")[0]


def test_long_text_is_cut_and_a_secret_on_the_cut_does_not_leave_a_half() -> None:
    secret = SECRETS["github token"]
    masked, _kinds = mask("a " * (LONGEST // 2 - 8) + secret + " b" * 1000)
    assert len(masked) <= LONGEST + 5
    assert secret[:12] not in masked


def _hostile() -> list[str]:
    chance = random.Random(5)
    letters = string.ascii_letters + string.digits + "-_.=:/@ '\"`<>[]\n?!"
    noise = "".join(chance.choice(letters) for _ in range(20_000))
    units = ["a", "1", "-", "=", " ", "/", "password ", "is ", "4 ", "NL12 ABCD ", "-----BEGIN ", "http://a:",
             "eyJ", ".", "ik kan ", "kun je ", "`", "§", ">", "<@", "is dat ", "any ", "?"]  # fmt: skip
    return [noise, *((unit * 20_000)[:20_000] for unit in units)]


HOSTILE = _hostile()


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.kind)
def test_every_secret_pattern_is_linear(rule: object) -> None:
    assert _slowest(rule.pattern) < 1.0  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(phrases()))
def test_every_phrase_is_linear(name: str) -> None:
    assert _slowest(phrases()[name]) < 1.0


def test_looking_for_all_phrases_is_linear() -> None:
    assert _slowest(_beginnings()) < 1.0


def _slowest(pattern: object) -> float:
    """CPU seconds for the worst of the hostile texts of 20,000 characters; a quadratic pattern takes minutes."""
    worst = 0.0
    for text in HOSTILE:
        start = time.process_time()
        for _match in pattern.finditer(text):  # type: ignore[attr-defined]
            pass
        worst = max(worst, time.process_time() - start)
    return worst
