"""The feature object, apart so that the modules of this folder can share it."""

from bot.chat.feature import Feature

feature = Feature("statistics")
text = feature.text
