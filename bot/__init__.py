"""The bot itself: domain, chat model, engine, platforms, drawing, web pages."""
