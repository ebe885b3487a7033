"""The pretend platform's official API: login, publishing, display, webhooks."""
