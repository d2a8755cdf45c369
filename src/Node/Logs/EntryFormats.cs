using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2P.Node.Logs;

/// <summary>The formats that need no telling.</summary>
internal static class EntryFormats
{
    /// <summary>The format of a type: text, bytes, or JSON by the metadata of the node's options. Nothing is reflected.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    public static ILogFormat<T> Of<T>(JsonSerializerOptions? json)
    {
        if (((object)TextLogFormat.Instance as ILogFormat<T> ?? (object)BytesLogFormat.Instance as ILogFormat<T>) is ILogFormat<T> plain)
        {
            return plain;
        }

        return json?.TypeInfoResolver is not null && json.TryGetTypeInfo(typeof(T), out JsonTypeInfo? type) && type is JsonTypeInfo<T> known
            ? new JsonLogFormat<T>(known)
            : throw new ArgumentException(
                $"{typeof(T).Name} is neither string nor ReadOnlyMemory<byte>, and {nameof(P2POptions)}.{nameof(P2POptions.Json)} does not know it: set that to the options of a source-generated context, or give a format.");
    }
}
