using System.Text.Json.Serialization;

namespace Chat;

/// <summary>What somebody said.</summary>
internal sealed record Line(string Who, string Text);

[JsonSerializable(typeof(Line))]
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class ChatJson : JsonSerializerContext;
