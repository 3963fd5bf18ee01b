"""What each metric is called and how it is counted, for who reads a report. docs/metrics.md says it at
length."""

from bot.reports.words import Words


def name(words: Words, key: str) -> str:
    """The name of a metric or of one of its parts ("participation.core")."""
    metric, _, part = key.partition(".")
    known = _names(words)
    return f"{known[metric]}: {_part(words, part)}" if part else known[metric]


def _part(words: Words, part: str) -> str:
    _ = words._
    return {
        "core": _("core"),
        "active": _("active"),
        "occasional": _("occasional"),
        "peripheral": _("peripheral"),
        "transactional": _("visiting"),
        "inward": _("towards the core"),
        "outward": _("away from it"),
        "steady": _("stayed as they were"),
        "joined": _("joined"),
        "left": _("left"),
        "invited": _("invited"),
        "accepted": _("joined in"),
        "replied": _("replied"),
        "helpful": _("helpful"),
    }.get(part, part)


def _names(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "posting_members": _("Members who posted"),
        "participation": _("Participation"),
        "movement": _("Movement"),
        "questions_asked": _("Questions asked"),
        "answered_share": _("Answered within 72 hours"),
        "first_response_median": _("Half get a reply within"),
        "first_response_p90": _("Nine in ten get a reply within"),
        "open_backlog": _("Open questions"),
        "know_how_kept": _("Know-how kept"),
        "search_success": _("Searches that found something"),
        "suggestions_accepted": _("Earlier answers that helped"),
        "knowledge_at_risk": _("Knowledge at risk"),
        "newcomers_welcomed": _("Newcomers welcomed"),
        "newcomer_conversion": _("Newcomers who stayed"),
        "bridging": _("Talk across groups"),
        "ander_funnel": _("Invitations to anders"),
        "outsider_answers": _("Answers by outsiders"),
        "first_pairs": _("First meetings"),
        "invitation_gini": _("Spread of invitations"),
        "invitation_most": _("Most invitations to one person"),
        "invitation_optouts": _("Opted out after an invitation"),
    }


def definitions(words: Words) -> dict[str, str]:
    """How each metric is counted, in a sentence."""
    return _people_definitions(words) | _question_definitions(words) | _ander_definitions(words)


def _people_definitions(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "posting_members": _("Members with at least one post this week, divided by all members."),
        "participation": _(
            "Over four weeks. Core: active in all four and answers questions. Active: in two or three, or in four "
            "without answering. Occasional: in one. Peripheral: a member who only reads. Visiting: posts without being "
            "a member."
        ),
        "movement": _("Who changed level, joined or left since four weeks ago."),
        "newcomers_welcomed": _(
            "Over four weeks: people whose very first post got a reply within 24 hours, divided by all first posters."
        ),
        "newcomer_conversion": _(
            "Newcomers of four to eight weeks ago who were active in at least two later weeks, divided by all of them."
        ),
        "bridging": _(
            "Over four weeks: pairs who replied to each other across groups minus pairs inside a group, divided by all "
            "pairs (E-I index), minus what it would be if people were dealt over the groups by chance."
        ),
    }


def _question_definitions(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "questions_asked": _("Questions asked this week."),
        "answered_share": _(
            "Of the questions that became 72 hours old this week: those with a reply within 72 hours by somebody other "
            "than the asker."
        ),
        "first_response_median": _(
            "Over four weeks: within this time half of the questions had a first reply. Open questions count as still "
            "waiting (Kaplan–Meier), so they are not left out."
        ),
        "first_response_p90": _("The same, for nine questions in ten."),
        "open_backlog": _("Questions older than 72 hours without a reply or solution, at the end of the week."),
        "know_how_kept": _("Know-how that somebody confirmed this week."),
        "search_success": _(
            "Over twelve weeks, in steps of four: searches in which a result was opened or helped, divided by all."
        ),
        "suggestions_accepted": _(
            "Over twelve weeks, in steps of four: times that an earlier answer helped the asker, divided by times "
            "one was shown."
        ),
        "knowledge_at_risk": _(
            "Per domain over twelve weeks: the smallest number of people who together give half of the answers. "
            "Shown is the domain that leans on the fewest. Names are never shown."
        ),
    }


def _ander_definitions(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "ander_funnel": _(
            "Over twelve weeks, in steps of four: invitations sent, and how many of them were accepted, replied to and "
            "helpful."
        ),
        "outsider_answers": _("Over four weeks: answers by people from another group, divided by all answers."),
        "first_pairs": _(
            "Over four weeks: an asker and somebody from another group who replied to each other for the first time."
        ),
        "invitation_gini": _(
            "Gini coefficient over everybody who could be invited: 0 is evenly spread, 1 is all to one person."
        ),
        "invitation_most": _("The most invitations that one person got in twelve weeks. Who, the report does not say."),
        "invitation_optouts": _("People who switched invitations off after getting one."),
    }
