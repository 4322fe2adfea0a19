"""What only an official Blender can render: Cycles with its denoiser, and the compositor's."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from stage import fresh, save

scene = fresh()
scene.cycles.use_denoising = True
scene.use_nodes = True
tree = scene.node_tree
denoise = tree.nodes.new("CompositorNodeDenoise")
tree.links.new(tree.nodes["Render Layers"].outputs["Image"], denoise.inputs["Image"])
tree.links.new(denoise.outputs["Image"], tree.nodes["Composite"].inputs["Image"])
save("denoised.blend")
