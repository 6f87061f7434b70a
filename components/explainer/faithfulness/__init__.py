"""How far maps of evidence can be trusted: what happens without what they show, whether it is where it should be, and who agrees."""

from schemas import environment as environment
