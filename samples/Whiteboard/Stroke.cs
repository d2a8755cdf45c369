using System.Text.Json;
using System.Text.Json.Serialization;

namespace P2P.Samples.Whiteboard;

/// <summary>A piece of a line: what was drawn since the last piece was sent.</summary>
/// <param name="Colour">As in CSS.</param>
/// <param name="Points">x, y, x, y, …</param>
internal sealed record Stroke(string Colour, IReadOnlyList<double> Points);

/// <summary>A stroke and where it belongs: strokes are painted in the order of their places, the same on every board.</summary>
internal sealed record Placed(string Place, bool Gone, Stroke Stroke);

[JsonSerializable(typeof(Stroke))]
[JsonSerializable(typeof(Placed))]
[JsonSerializable(typeof(IEnumerable<Stroke>))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class BoardJson : JsonSerializerContext;
