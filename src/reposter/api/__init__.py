"""The door over HTTP: one file per noun with its request and response shapes, a WebSocket, and the dashboard."""
