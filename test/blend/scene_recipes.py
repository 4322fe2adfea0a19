"""The scenes: each shows the reader something that the others do not have."""
import os
import wave

import bpy


def make(folder, fresh, picture, save):
    fresh()
    save('plain')
    save('compressed', compress=True)
    numbers(fresh())
    save('numbers')
    scenes_and_layers(fresh())
    save('scenes')
    images(fresh(), picture)
    save('images')
    for image in bpy.data.images:
        if 'wood' in image.name or 'skin' in image.name:
            image.pack()
    save('packed', compress=True)
    fresh()
    save('library')
    others(fresh(), folder)
    save('others')
    strips(fresh(), picture)
    save('strips')
    for name in ('simulated', 'baked'):
        simulated(fresh(), baked=name == 'baked')
        save(name)
    scripted(fresh())
    save('scripted')
    for thing in formats(fresh()):
        save('format-' + thing)
    for index in range(400):
        bpy.data.objects.new(f'Ünïcode {index} 🎬', None).use_fake_user = True
    save('many', compress=True)


def numbers(scene):
    render = scene.render
    scene.frame_start, scene.frame_end, scene.frame_step = -5, 101, 3
    render.fps, render.fps_base = 24, 1.001
    render.resolution_x, render.resolution_y, render.resolution_percentage = 641, 359, 37
    render.engine = 'CYCLES'
    scene.cycles.samples = 17
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.75, 0.5, 1
    render.filepath = '//frames\\shot_####'
    scene.camera = None


def scenes_and_layers(scene):
    scene.view_layers.new('Shadow pass')
    camera = bpy.data.objects.new('Close up', bpy.data.cameras.new('Close up'))
    scene.collection.objects.link(camera)
    scene.name = 'Shot 010'
    other = bpy.data.scenes.new('Other')
    other.frame_end = 7
    other.render.resolution_x = 100
    other.view_layers.new('Not mine')
    scene.camera = camera
    scene.use_nodes = True


def images(scene, picture):
    def load(path, source='FILE'):
        image = bpy.data.images.load(bpy.path.abspath(path), check_existing=False)
        image.source = source
        image.filepath = path
        image.use_fake_user = True
        return image

    load(picture('wood.png'))
    picture('seq_0002.png')
    load(picture('seq_0001.png'), 'SEQUENCE')
    picture('skin.1002.png')
    skin = load(picture('skin.1001.png'))
    skin.source = 'TILED'
    skin.filepath = '//tex/skin.<UDIM>.png'
    skin.tiles.new(1002)
    absent = load(picture('gone.png'))
    absent.filepath = '//..\\elsewhere\\gone.png'


def others(scene, folder):
    with bpy.data.libraries.load(os.path.join(folder, 'library.blend'), link=True, relative=True) as (source, into):
        into.objects = ['Cube', 'Camera']
    for thing in into.objects:
        scene.collection.objects.link(thing)
    scene.camera = bpy.data.objects['Camera', '//library.blend']
    sound = os.path.join(folder, 'beep.wav')
    with wave.open(sound, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b'\0\0' * 800)
    bpy.data.sounds.load(sound).use_fake_user = True
    fonts = bpy.utils.system_resource('DATAFILES', path='fonts')
    bpy.data.fonts.load(os.path.join(fonts, sorted(os.listdir(fonts))[0])).use_fake_user = True
    bpy.data.movieclips.load(os.path.join(folder, 'tex', 'seq_0001.png')).use_fake_user = True
    volume = bpy.data.volumes.new('Smoke')
    volume.filepath = '//smoke_0001.vdb'
    volume.is_sequence = True
    volume.use_fake_user = True


def strips(scene, picture):
    editor = scene.sequence_editor_create()
    first = bpy.path.abspath(picture('strip_01.png'))
    strip = editor.sequences.new_image('Pictures', first, 1, 1)
    for name in ('strip_02.png', 'strip_03.png'):
        picture(name)
        strip.elements.append(name)
    editor.sequences.new_scene('Nested', scene, 2, 1)


def simulated(scene, baked):
    def thing(name):
        bpy.ops.mesh.primitive_plane_add()
        made = bpy.context.object
        made.name = name
        return made

    scene.frame_end = 2
    bpy.ops.rigidbody.world_add()
    with bpy.context.temp_override(object=thing('Falling')):
        bpy.ops.rigidbody.object_add()
    thing('Sheet').modifiers.new('Cloth', 'CLOTH')
    thing('Jelly').modifiers.new('Soft', 'SOFT_BODY')
    thing('Dust').modifiers.new('Particles', 'PARTICLE_SYSTEM')
    off = thing('Not rendered').modifiers.new('Cloth', 'CLOTH')
    off.show_render = False
    painted = thing('Painted')
    painted.modifiers.new('Paint', 'DYNAMIC_PAINT')
    bpy.ops.dpaint.type_toggle(type='CANVAS')
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.name = 'Tank'
    tank = bpy.context.object.modifiers.new('Fluid', 'FLUID')
    tank.fluid_type = 'DOMAIN'
    tank.domain_settings.resolution_max = 6
    tank.domain_settings.cache_directory = '//fluid'
    if baked:
        sheet = bpy.data.objects['Sheet'].modifiers['Cloth']
        sheet.point_cache.use_disk_cache = True
        bpy.ops.ptcache.bake_all(bake=True)
        tank.domain_settings.cache_type = 'ALL'
        tank.domain_settings.cache_frame_end = 2
        bpy.ops.fluid.bake_all()


def scripted(scene):
    cube = bpy.data.objects['Cube']
    for index, expression in enumerate(('sin(frame / 10)', 'frame if frame > 3 else 2', '[frame][0]')):
        cube.driver_add('location', index).driver.expression = expression
    driver = cube.driver_add('scale', 0).driver
    driver.variables.new().name = 'size'
    driver.expression = 'size * 2'
    cube.driver_add('scale', 1).driver.expression = 'bpy.context.scene.frame_current'
    for index, expression in enumerate(('round(frame)', 'int(frame)', 'log(frame, 2)')):
        cube.driver_add('rotation_euler', index).driver.expression = expression
    cube.driver_add('delta_location', 0).driver.type = 'MAX'
    for expression, path in (('frame ** 2', 'location'), ('lerp(0, 1, .5)', 'rotation_euler'), ('frame // 2', 'scale')):
        bpy.data.objects['Camera'].driver_add(path, 0).driver.expression = expression
    text = bpy.data.texts.new('rig.py')
    text.write('import bpy\n')
    text.use_module = True
    bpy.data.texts.new('notes.txt').use_fake_user = True
    style = bpy.data.texts.new('style.py')
    scene.render.use_freestyle = True
    settings = scene.view_layers[0].freestyle_settings
    settings.mode = 'SCRIPT'
    settings.modules.new().script = style


def formats(scene):
    kinds = scene.render.image_settings.bl_rna.properties['file_format'].enum_items
    for kind in kinds:
        scene.render.image_settings.file_format = kind.identifier
        yield kind.identifier.lower()
