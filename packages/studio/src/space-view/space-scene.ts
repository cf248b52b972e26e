import type { Size } from '@stable-pose/core';
import {
  DirectionalLight,
  GridHelper,
  HemisphereLight,
  type LineBasicMaterial,
  Mesh,
  PerspectiveCamera,
  PlaneGeometry,
  Scene,
  ShadowMaterial,
  WebGLRenderer,
} from 'three';
import { type Camera, cameraRotation, eyeDistance, transposed } from '../figure/camera.ts';
import { type Figure, figureScale } from '../figure/figure.ts';
import { add, apply, times, type Vector } from '../library/space.ts';
import type { Viewport } from '../view/viewport.ts';
import { MannequinModel } from './mannequin-model.ts';
import { threeCamera } from './three-camera.ts';

export interface SpaceView {
  readonly figures: readonly Figure[];
  /** Which of them is under the hands; -1 for none. */
  readonly active: number;
  readonly camera: Camera;
  readonly size: Size;
  readonly viewport: Viewport;
  /** CSS pixels. */
  readonly stage: Size;
}

/** What three.js draws: mannequins on a floor, in the light of a studio. Draws only when told. */
export class SpaceScene {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera();
  private readonly models: MannequinModel[] = [];
  private readonly key = new DirectionalLight('#fff4e6', 2.6);
  private readonly rim = new DirectionalLight('#a395ff', 1.8);
  private readonly floor = new Mesh(new PlaneGeometry(1, 1), new ShadowMaterial({ opacity: 0.42 }));
  private readonly grid = new GridHelper(1, 20, '#4a4d5e', '#2e3040');

  /** @throws where there is no WebGL */
  constructor(canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.setClearColor(0, 0);
    this.renderer.shadowMap.enabled = true;
    this.key.castShadow = true;
    this.key.shadow.mapSize.set(1024, 1024);
    this.key.shadow.radius = 5;
    this.key.shadow.normalBias = 2;
    this.floor.rotation.x = -Math.PI / 2;
    this.floor.receiveShadow = true;
    const lines = this.grid.material as LineBasicMaterial;
    lines.transparent = true;
    lines.opacity = 0.55;
    this.scene.add(new HemisphereLight('#dfe4ff', '#4b4038', 1.25));
    this.scene.add(this.key, this.key.target, this.rim, this.rim.target, this.floor, this.grid);
  }

  draw({ figures, active, camera, size, viewport, stage }: SpaceView): void {
    while (this.models.length < figures.length) {
      const model = new MannequinModel();
      this.models.push(model);
      this.scene.add(model.group);
    }
    this.models.forEach(({ group }, i) => {
      group.visible = i < figures.length;
    });
    for (const [i, figure] of figures.entries()) this.models[i].update(figure, i === active);
    this.light(figures, camera, size);
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    if (this.renderer.getPixelRatio() !== ratio) this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(stage.width, stage.height, false);
    this.renderer.render(this.scene, threeCamera(camera, size, viewport, stage, this.camera));
  }

  dispose(): void {
    for (const model of this.models) model.dispose();
    this.floor.geometry.dispose();
    this.grid.dispose();
    this.renderer.dispose();
  }

  /** Key light from the eye's upper left, rim light from behind, floor under the lowest foot. */
  private light(figures: readonly Figure[], camera: Camera, size: Size): void {
    const all = figures.flat();
    if (all.length === 0) return;
    const mean = (axis: 0 | 1 | 2) => all.reduce((sum, place) => sum + place[axis], 0) / all.length;
    const middle: Vector = [mean(0), mean(1), mean(2)];
    const back = transposed(cameraRotation({ ...camera, pitch: 0 }));
    const far = eyeDistance(camera, size);
    const reach =
      Math.max(...all.map((place) => Math.hypot(...place.map((v, i) => v - middle[i])))) * 1.25 + 10;
    const lowest = Math.min(...figures.map((f) => Math.min(...f.map(([, y]) => y)) - 0.45 * figureScale(f)));
    this.key.position.set(...add(middle, times(apply(back, [-0.55, 0.95, 0.9]), far)));
    this.key.target.position.set(...middle);
    this.rim.position.set(...add(middle, times(apply(back, [0.7, 0.5, -1]), far)));
    this.rim.target.position.set(...middle);
    const shadow = this.key.shadow.camera;
    [shadow.left, shadow.right, shadow.top, shadow.bottom] = [-reach, reach, reach, -reach];
    shadow.near = 1;
    shadow.far = far * 2 + reach * 2;
    shadow.updateProjectionMatrix();
    this.floor.position.set(middle[0], lowest, middle[2]);
    this.floor.scale.setScalar(reach * 4);
    this.grid.position.set(middle[0], lowest + 0.2, middle[2]);
    this.grid.scale.setScalar(reach * 3);
  }
}
