"""The drivers of every data-block: expressions that set properties, some of them Python."""

import bpy


def every_driver():
    """Each driver with the data-block that it moves."""
    for owner in _owners():
        animation = getattr(owner, "animation_data", None)
        for curve in animation.drivers if animation else ():
            yield owner, curve.driver


def _owners():
    for name, property in bpy.data.bl_rna.properties.items():
        if property.type != "COLLECTION":
            continue
        for block in getattr(bpy.data, name):
            yield block
            # These trees belong to their material, light or scene and are in no list of their own.
            if getattr(block, "node_tree", None) is not None and name != "node_groups":
                yield block.node_tree
            if getattr(block, "shape_keys", None) is not None:
                yield block.shape_keys
