"""Dutch or English? Function words first, letter habits for what is left. Code is out before this is asked."""

from bot.reading.text import Text

_NL = frozenset(
    ["de", "het", "een", "en", "van", "ik", "je", "jij", "dat", "die", "dit", "niet", "met", "voor", "op", "aan", "er", "maar", "om", "te", "ook", "als", "bij", "nog", "naar", "dan", "uit", "kan", "wel", "zijn", "heb", "hebt", "heeft", "hebben", "wordt", "worden", "word", "ben", "bent", "wat", "hoe", "wie", "waar", "waarom", "wanneer", "welke", "geen", "al", "moet", "moeten", "mag", "kun", "kunnen", "kunt", "zou", "zouden", "we", "wij", "jullie", "hun", "hen", "ons", "onze", "mijn", "jouw", "deze", "iemand", "iets", "niets", "alleen", "even", "eens", "gaat", "gaan", "doen", "doe", "doet", "weet", "weten", "hier", "daar", "toch", "zo", "veel", "meer", "over", "door", "tot", "tussen", "zonder", "onder", "sinds", "omdat", "want", "dus", "hoi", "hallo", "goedemorgen", "bedankt", "dank", "dankjewel", "graag", "ja", "nee", "gelukt", "werkt", "klopt", "lukt", "zie", "ff", "m'n", "z'n", "'t", "zo'n", "mensen", "vandaag", "morgen", "gisteren", "iedereen", "allemaal", "weer", "altijd", "nooit", "volgens", "handig", "vraag", "wil", "willen", "ga", "had", "was", "mij", "jou", "haar", "hem", "zich", "of", "u", "uw", "gewoon", "misschien", "denk", "snap", "krijg", "staat", "zit", "ligt", "komt", "nieuwe", "eerst", "kijk", "top", "prima", "zet", "gebruik", "lees", "maak", "moest", "hoeft", "hoef", "blijft", "stuur", "nou", "nu", "welk", "wil", "waarvan", "daarna", "daarom", "hierbij", "vanaf"]
)
_EN = frozenset(
    ["the", "a", "an", "and", "of", "to", "i", "you", "that", "this", "not", "with", "for", "on", "at", "there", "but", "if", "also", "by", "still", "is", "are", "am", "do", "does", "did", "have", "has", "had", "be", "been", "was", "were", "will", "would", "can", "could", "should", "may", "might", "what", "how", "who", "where", "why", "when", "which", "no", "any", "it", "its", "it's", "i'm", "don't", "doesn't", "didn't", "can't", "isn't", "we", "they", "them", "our", "your", "my", "their", "he", "she", "his", "her", "some", "something", "nothing", "only", "just", "from", "about", "through", "until", "between", "without", "under", "since", "because", "so", "hi", "hello", "thanks", "thank", "yes", "yeah", "please", "works", "worked", "one", "more", "than", "then", "here", "out", "up", "into", "as", "or", "all", "anyone", "everyone", "someone", "get", "got", "use", "using", "used", "make", "need", "know", "think", "see", "look", "want", "let", "new", "now", "good", "great", "sure", "ok", "you're", "i've", "that's", "there's", "let's", "we're", "cheers", "sorry", "morning", "anybody", "try", "like", "other", "same", "too", "very", "really", "maybe", "after", "before", "again", "issue"]
)
_BOTH = frozenset(
    ["is", "was", "in", "we", "had", "of", "he", "me", "die", "had", "best", "over", "week", "test", "ja", "do", "of", "na", "hem", "plan", "hoe", "are", "door"]
)


FUNCTION_WORDS = _NL | _EN


def detect(text: Text) -> str | None:
    """ "nl", "en", or None when the words do not tell."""
    dutch = english = 0.0
    for word in text.words:
        weight = 0.3 if word in _BOTH else 1.0
        dutch += weight * (word in _NL)
        english += weight * (word in _EN)
    if dutch == english:
        dutch, english = _letters(text.low)
    if dutch == english:
        return None
    return "nl" if dutch > english else "en"


def _letters(low: str) -> tuple[float, float]:
    dutch = sum(low.count(part) for part in ("ij", "aa", "uu", "sch", "oe", "eu", "ui", "cht", "lijk"))
    english = sum(low.count(part) for part in ("th", "wh", "tion", "ing ", "ck", "ough", "ly ", "ea", "sh"))
    return float(dutch), float(english)
