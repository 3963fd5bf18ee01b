"""What Slack tells of a whole organisation (Enterprise Grid) and not of one workspace. Pure, as `translate`."""

from dataclasses import dataclass

from adapters.slack.door import Kind
from adapters.untrusted import Raw, child, items, plain_id, words


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationNews:
    """`added`: Ander may be in more workspaces. `left`: those it is out of; None stands for the whole organisation, of
    which Slack should be asked whether that is so."""

    added: bool = False
    left: tuple[str | None, ...] = ()


def organisation_news(kind: Kind, body: Raw, team: str | None) -> OrganisationNews | None:
    """None when it is no such news. `team`: the one workspace that it is about, if there is one."""
    event = child(body, "event")
    match words(event, "type", 60) if kind == "event" else "":
        case "team_access_granted":
            return OrganisationNews(added=True)
        case "team_access_revoked":
            return OrganisationNews(left=tuple(found for one in items(event, "team_ids") if (found := plain_id(one))))
        case "app_uninstalled" | "tokens_revoked" if team is None:
            return OrganisationNews(left=(None,))
        case _:
            return None
