// A whiteboard: what is drawn goes out in pieces, one under way at a time; what comes in is painted in the order of the document.
const canvas = document.querySelector('canvas');
const pen = canvas.getContext('2d');
const strokes = new Map(); // place → stroke
let last = '';
const lines = []; // drawn and not yet sent, each x, y, x, y, …
let drawing = false;
let sending = false;

function paint({ colour, points }) {
  pen.strokeStyle = colour;
  pen.lineWidth = 4;
  pen.lineCap = pen.lineJoin = 'round';
  pen.beginPath();
  for (let i = 0; i + 1 < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
  pen.stroke();
}

new EventSource('live').onmessage = ({ data }) => {
  const { place, gone, stroke } = JSON.parse(data);
  if (!gone && strokes.has(place)) return; // the stream began anew
  if (gone) strokes.delete(place);
  else strokes.set(place, stroke);
  if (!gone && place > last) {
    last = place;
    paint(stroke);
  } else { // it belongs below others
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const key of [...strokes.keys()].sort()) paint(strokes.get(key));
  }
};

async function send() {
  if (sending) return;
  sending = true;
  try {
    while (lines.length > 0) {
      const [points] = lines;
      if (points.length > 2) {
        const piece = points.slice(0, 2000);
        lines[0] = points.slice(piece.length - 2); // the next piece goes on where this one ends
        await fetch('strokes', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ colour: document.querySelector('#colour').value, points: piece }),
        });
      } else if (lines.length > 1 || !drawing) lines.shift();
      else break;
    }
  } finally {
    sending = false;
  }
}

canvas.onpointerdown = (event) => {
  canvas.setPointerCapture(event.pointerId);
  drawing = true;
  lines.push([event.offsetX, event.offsetY]);
};
canvas.onpointermove = (event) => {
  if (!drawing) return;
  lines.at(-1).push(event.offsetX, event.offsetY);
  send();
};
canvas.onpointerup = canvas.onpointercancel = () => {
  drawing = false;
  send();
};
