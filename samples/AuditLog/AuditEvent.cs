using System.Text.Json.Serialization;

namespace AuditLog;

/// <summary>One entry.</summary>
internal sealed record AuditEvent(string Who, string What);

[JsonSerializable(typeof(AuditEvent))]
internal sealed partial class AuditJson : JsonSerializerContext;
