"""A strict, stateful Slack for tests. Begin with `slack.Slack`."""

from tests.slack.fake.audit import Audit, audit
from tests.slack.fake.delivering import Delivery
from tests.slack.fake.faults import CallFault, EventFault, Faults
from tests.slack.fake.model import Channel, Json, Message, Organisation, Said, Team, User, View
from tests.slack.fake.pace import Pace
from tests.slack.fake.slack import ALL_SCOPES, Slack
from tests.slack.fake.state import AppSettings

__all__ = [
    "ALL_SCOPES",
    "AppSettings",
    "Audit",
    "CallFault",
    "Channel",
    "Delivery",
    "EventFault",
    "Faults",
    "Json",
    "Message",
    "Organisation",
    "Pace",
    "Said",
    "Slack",
    "Team",
    "User",
    "View",
    "audit",
]
