"""Under which paths of our address Slack and browsers find what. The manifest names them to Slack."""

EVENTS = "/slack/events"
INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
HEALTH = "/health"
