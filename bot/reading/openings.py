"""How a sentence opens: with a question word, a verb before its subject, an imperative. Word lists, no patterns."""

_LEAD = frozenset(
    ["en", "maar", "and", "but", "so", "dus", "ok", "oke", "oké", "okay", "hi", "hey", "hoi", "hallo", "hello", "ja", "nee", "yes", "no", "ah", "oh", "hm", "hmm", "also", "well", "sorry", "vraagje", "question", "vraag", "ps", "trouwens", "btw", "again", "now", "nog", "even", "ff", "then", "dan", "all", "allemaal", "iedereen", "everyone", "quick"]
)
_WH = frozenset(
    ["wat", "hoe", "wie", "waar", "waarom", "wanneer", "welk", "welke", "hoeveel", "waarmee", "waarvoor", "waarin", "waaraan", "waardoor", "what", "what's", "whats", "how", "how's", "who", "who's", "where", "where's", "why", "when", "which", "whose", "hoezo"]
)
_VERB = frozenset(
    ["kan", "kun", "kunnen", "is", "zijn", "heeft", "heb", "hebben", "weet", "weten", "moet", "moeten", "mag", "mogen", "wil", "wilt", "willen", "zou", "zouden", "gaat", "gaan", "doet", "doe", "doen", "komt", "werkt", "bestaat", "klopt", "geldt", "staat", "zit", "zitten", "valt", "telt", "hoeft", "hoeven", "wordt", "worden", "krijg", "krijgen", "gebruik", "gebruikt", "gebruiken", "lukt", "ken", "kent", "kennen", "was", "waren", "ligt", "loopt", "maakt", "ziet", "zie", "werken", "hoort", "bewaar", "bewaren", "scheelt", "helpt", "can", "could", "are", "were", "does", "do", "did", "has", "have", "had", "should", "would", "will", "may", "might", "isn't", "aren't", "doesn't", "don't", "can't", "shouldn't", "won't", "am"]
)
_SUBJECT = frozenset(
    ["je", "jij", "jullie", "ik", "we", "wij", "het", "'t", "t", "er", "dit", "dat", "die", "deze", "iemand", "iemands", "hier", "de", "een", "men", "u", "ze", "zij", "hij", "dan", "nog", "ook", "al", "iedereen", "mijn", "m'n", "hun", "onze", "ons", "daar", "wel", "niet", "alle", "alleen", "toevallig", "you", "i", "it", "they", "he", "she", "there", "this", "that", "these", "those", "the", "a", "an", "any", "anyone", "anybody", "someone", "somebody", "people", "folks", "my", "your", "our", "its", "everyone", "one", "all", "not", "some", "both", "either"]
)
_ANY = frozenset(["any", "anyone", "anybody", "iemand", "enig", "enige", "someone"])
_PREPOSITION = frozenset(["for", "in", "at", "to", "on", "met", "op", "bij", "voor", "vanaf", "tot", "from", "with", "since"])
_WHICH = frozenset(["welk", "welke", "wat", "wie", "which", "what", "wanneer", "how", "where", "when"])
_IMPERATIVE = frozenset(
    ["gebruik", "probeer", "kijk", "check", "klik", "zet", "vul", "open", "vraag", "bel", "mail", "stuur", "doe", "maak", "leg", "neem", "zorg", "voeg", "kies", "selecteer", "start", "herstart", "installeer", "draai", "run", "try", "use", "click", "set", "add", "look", "see", "select", "install", "restart", "remove", "delete", "change", "replace", "put", "ask", "call", "just", "verwijder", "begin", "knip", "meet", "schrijf", "houd", "hou", "bewaar", "werk", "plak", "haal", "spoel", "don't", "never", "always", "altijd", "nooit", "avoid", "write", "keep", "give", "wacht", "wait", "read", "lees"]
)


def opening(sentence: str) -> str | None:
    """ "wh", "inverted", "imperative" or None, for one lower-case sentence; greetings and "and" are passed over."""
    words = [word.strip(_STRIP) for word in sentence.split(None, 9)[:9]]
    at = 0
    while at < min(len(words), 5) and (words[at] in _LEAD or not words[at] or words[at][0] in "§@"):
        at += 1
    first = words[at] if at < len(words) else ""
    second = words[at + 1] if at + 1 < len(words) else ""
    if first in _WH or (first in _PREPOSITION and second in _WHICH):
        return "wh"
    if first in _ANY or (first in _VERB and second in _SUBJECT):
        return "inverted"
    return "imperative" if first in _IMPERATIVE else None


_STRIP = ".,:;!?()[]{}\"'…-*_~"
