"""From XMILE, and what Stella and iThink write, to a syntax tree with positions."""

from cqsim.language.xmile.reader import parse_xmile

__all__ = ["parse_xmile"]
