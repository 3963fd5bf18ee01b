"""What Ander does when time passes.

Due dates are rows; a tick only finds what is due. Each piece of work is one transaction, so that a tick can be cut
short anywhere and the next one goes on; what happens once per period is claimed with a fence.
"""

import numpy as np

from bot.jobs import ahead, invitations, moments, questions, reports, upkeep
from bot.world import World


async def tick(world: World, rng: np.random.Generator) -> None:
    """Do everything that is due now."""
    await upkeep.embed(world, at_once=upkeep.A_FEW)
    await world.plane.catch_up()
    await questions.look_at_due(world, rng)
    await moments.hold_due(world, rng)
    await invitations.expire_due(world)
    await invitations.send_due(world)
    await reports.send_due(world)
    await upkeep.purge(world)
    await ahead.read_ahead(world)
