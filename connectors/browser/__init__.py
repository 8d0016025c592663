"""What connectors share whose customers sit at a browser: web_form and web_chat.

    typed       what somebody typed, tidied: words, e-mail addresses
    files       which uploaded files are taken, and the type that we give them
    multipart   multipart/form-data, read as it comes in
    pace        floods are slowed, never refused
    tongue      in which of the brand's languages a page speaks

Rules
1. No I/O but the reading of a request's body; no settings; of ours only contract, message and errors are imported.
2. Nobody with a complaint is refused: what cannot be taken is left out and named, and the rest is kept.
"""
