"""What can be scored without looking at the lungs: floors beside the model, and what that says of it."""

from schemas import environment as environment
