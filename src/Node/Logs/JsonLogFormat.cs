using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2P.Node.Logs;

/// <summary>Entries as JSON, by the metadata of a source-generated context: nothing is reflected at run time.</summary>
/// <typeparam name="T">The entry.</typeparam>
/// <param name="type">For example <c>MyJson.Default.AuditEvent</c>.</param>
public sealed class JsonLogFormat<T>(JsonTypeInfo<T> type) : ILogFormat<T>
{
    /// <inheritdoc/>
    public byte[] Write(T item) => JsonSerializer.SerializeToUtf8Bytes(item, type);

    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> source, out T? item) => EntryReading.Try(this, source, out item, out _) == EntryRefusal.None;

    /// <summary>Whether it is JSON of the type; what the type's own constructors, setters and converters throw goes through.</summary>
    internal bool TryReadOrThrow(ReadOnlySpan<byte> source, out T? item)
    {
        try
        {
            item = JsonSerializer.Deserialize(source, type);
            return item is not null;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            item = default; // what somebody else wrote: the entry is shown as unreadable
            return false;
        }
    }
}
