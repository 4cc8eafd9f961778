"""What a person sees: the site in Chromium (`make docs-check`), and the pictures of docs/."""
