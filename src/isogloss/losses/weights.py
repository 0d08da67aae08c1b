"""What weights of a sum of losses may be."""

from collections.abc import Mapping

from isogloss.errors import InputError


def check_weights(terms: Mapping[str, float], temperature: float, usual: str) -> None:
    """Refuse weights that make no objective.

    Args:
        terms: weight of each loss that can be summed.
        temperature: of those that divide by one.
        usual: the loss that is taken where nothing is said.

    Raises:
        InputError: a weight is below 0, all are 0, or the temperature is not above 0.
    """
    for name, weight in terms.items():
        if not weight >= 0:
            raise InputError(
                f"training.loss.{name} is {weight}; expected a weight of at least 0; set another "
                "value"
            )
    if not any(terms.values()):
        raise InputError(
            f"all weights of training.loss are 0; expected one above 0 among {', '.join(terms)}; "
            f"set training.loss.{usual}=1"
        )
    if not temperature > 0:
        raise InputError(
            f"training.loss.temperature is {temperature}; expected a number above 0; set another "
            "value"
        )
