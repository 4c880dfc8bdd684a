// Very many points on a canvas: by the graphics card (WebGL 2), or on an ordinary canvas where that is refused.

/** One entry each, drawn in their order: x and y in a unit square, red, green, blue and opacity in bytes, and the diameter in CSS pixels. */
export interface Points {
  readonly at: Float32Array;
  readonly colour: Uint8Array;
  readonly size: Float32Array;
}

/** Where the unit square stands on the canvas, in CSS pixels. */
export interface Window {
  readonly side: number;
  readonly left: number;
  readonly top: number;
}

export interface PointPainter {
  readonly by: "WebGL" | "canvas";
  set(points: Points): void;
  draw(window: Window, grown: number): void;
}

const VERTEX = `#version 300 es
in vec2 at; in vec4 colour; in float size;
uniform vec3 square; uniform vec2 canvas; uniform float unit;
out vec4 ink; out float across;
void main() {
  vec2 place = (at * square.x + square.yz) / canvas;
  gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0, 1);
  gl_PointSize = across = size * unit;
  ink = colour;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 ink; in float across; out vec4 colour;
void main() {
  float away = length(gl_PointCoord - 0.5) * across;
  float inside = clamp(across * 0.5 - away + 0.5, 0.0, 1.0) * ink.a;
  colour = vec4(ink.rgb * inside, inside);
}`;

/** The canvas must not have been drawn on. */
export function pointPainter(canvas: HTMLCanvasElement, redraw: () => void): PointPainter {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
  return gl === null ? onCanvas(canvas) : onCard(canvas, gl, redraw);
}

/** As many pixels as the screen has under the canvas; false where it has no place. */
export function fitPixels(canvas: HTMLCanvasElement): boolean {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return width > 0 && height > 0;
}

function onCard(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext, redraw: () => void): PointPainter {
  let points: Points = { at: new Float32Array(), colour: new Uint8Array(), size: new Float32Array() };
  let program = compiled(gl);
  const load = (): void => {
    for (const [name, data, each, type] of [["at", points.at, 2, gl.FLOAT], ["colour", points.colour, 4, gl.UNSIGNED_BYTE], ["size", points.size, 1, gl.FLOAT]] as const) {
      const place = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, each, type, type === gl.UNSIGNED_BYTE, 0, 0);
    }
  };
  // A card that is reset forgets what it was given.
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => {
    program = compiled(gl);
    load();
    redraw();
  });
  return {
    by: "WebGL",
    set(next) {
      points = next;
      load();
    },
    draw({ side, left, top }, grown) {
      if (!fitPixels(canvas)) return;
      const ratio = devicePixelRatio;
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.uniform3f(gl.getUniformLocation(program, "square"), side * ratio, left * ratio, top * ratio);
      gl.uniform2f(gl.getUniformLocation(program, "canvas"), canvas.width, canvas.height);
      gl.uniform1f(gl.getUniformLocation(program, "unit"), ratio * grown);
      gl.drawArrays(gl.POINTS, 0, points.size.length);
    },
  };
}

function compiled(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind);
    if (shader === null) continue; // the card is lost, and all of this is done again when it is back
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  return program;
}

/** Squares rather than discs: ten thousands of arcs would take longer than a frame. */
function onCanvas(canvas: HTMLCanvasElement): PointPainter {
  let points: Points = { at: new Float32Array(), colour: new Uint8Array(), size: new Float32Array() };
  let inks: string[] = [];
  return {
    by: "canvas",
    set(next) {
      points = next;
      inks = Array.from(next.size, (_, i) => `rgb(${next.colour[4 * i] ?? 0} ${next.colour[4 * i + 1] ?? 0} ${next.colour[4 * i + 2] ?? 0} / ${(next.colour[4 * i + 3] ?? 0) / 255})`);
    },
    draw({ side, left, top }, grown) {
      const pen = canvas.getContext("2d");
      if (pen === null || !fitPixels(canvas)) return;
      pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
      let ink = "";
      for (let i = 0; i < inks.length; i++) {
        const size = (points.size[i] ?? 0) * grown * 0.88; // as large as the disc
        const x = (points.at[2 * i] ?? 0) * side + left - size / 2;
        const y = (points.at[2 * i + 1] ?? 0) * side + top - size / 2;
        if (x < -size || y < -size || x > canvas.clientWidth || y > canvas.clientHeight) continue;
        if (ink !== inks[i]) pen.fillStyle = ink = inks[i] ?? "";
        pen.fillRect(x, y, size, size);
      }
    },
  };
}
