"""The feature object, apart so that the modules of this folder can share it."""

from bot.chat.feature import Feature

feature = Feature("deadlines")
text = feature.text

STEP = f"{feature.name}.step"  # a moment of the ladder for one case
TELL = f"{feature.name}.tell"  # what waits for one person may leave
MORNING = f"{feature.name}.morning"  # the list of one person
