"""The line: durable workflows that join the stages. The only folder that imports the engine."""
