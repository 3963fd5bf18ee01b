"""Slack: connect, translate, render."""
