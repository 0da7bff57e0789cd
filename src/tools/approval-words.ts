/** 256 plain words, easy to say and to tell apart: one for each byte of an approval's hash. Order is part of the format. */
export const approvalWords: readonly string[] = `
acorn adobe agate alder alpine amber anchor anvil apple apron arbor arrow aspen atlas autumn avocado badger
bagel bamboo banjo barley barrel basil basket beacon beaver berry birch biscuit blanket blossom bonfire bottle
boulder branch brass bread breeze bridge bronze brook broom bucket buckle bugle butter button cabin cactus
camel candle canoe canvas canyon caramel cargo carrot castle cedar cello cement chalk cherry chestnut chimney
cider cinder circle clover cobalt coconut comet compass copper coral cotton cradle crayon cricket crystal
curtain cypress daisy dolphin domino donkey dragon drizzle drum dune eagle easel ebony echo elbow ember
emerald engine fabric falcon feather fennel ferry fiddle filter finch flannel flute forest fossil fountain fox
galaxy garden garlic garnet ginger glacier glove granite grape gravel guitar hamlet hammer harbor harvest
hazel hedge helmet heron hickory honey horizon hornet igloo indigo island ivory jacket jaguar jasmine jigsaw
jungle juniper kayak kernel kettle kitten ladder lagoon lantern laurel lavender lemon lentil lilac linen
lizard lobster locket lumber magnet mango maple marble meadow melon mitten monsoon mosaic muffin mustard
nectar needle nickel nutmeg oasis oatmeal olive onion opal orbit orchid otter oyster paddle palace panda paper
parsley pastel peach pebble pelican pencil pepper petal piano pickle pigeon pillow pine planet plaza plum
pocket pollen poplar potato pottery prairie prism puffin pumpkin quartz quilt rabbit radish raisin raven
ribbon river robin rocket saddle saffron sailor salmon sandal sapphire scarf shadow silver spruce squirrel
summit sunset tulip turtle umbrella valley velvet violin walnut willow window winter wizard yarrow yogurt
zebra zephyr zinnia almond wombat
`
  .trim()
  .split(/\s+/);
