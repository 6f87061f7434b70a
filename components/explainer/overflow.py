"""Numbers that are not finite: of a trained network a fault, of a random one an accident."""

from components.base.errors import UserError


class OverflowedError(UserError):
    """A network's activations or gradients are not finite."""

    def __init__(self, what: str) -> None:
        """Name the numbers, such as "Grad-CAM: the model's gradients", and what a user can do, who knows of the trained network alone."""
        super().__init__(f"{what} are not finite; the model's training has diverged, train it again")
