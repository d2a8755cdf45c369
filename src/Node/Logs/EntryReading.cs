using Microsoft.Extensions.Logging;

namespace P2P.Node.Logs;

/// <summary>Reads what anybody may have written, by code of the application: whatever that does, the reader of a log or topic goes on. Thread-safe.</summary>
/// <param name="logger">Told what was thrown.</param>
internal sealed class EntryReading(ILogger logger)
{
    private readonly long[] _refused = new long[Enum.GetValues<EntryRefusal>().Length];

    /// <summary>How often something was refused for a reason; what is read twice counts twice.</summary>
    public long Refused(EntryRefusal reason) => Interlocked.Read(ref _refused[(int)reason]);

    /// <summary>The entry of a log's event.</summary>
    public EntryRefusal ReadBody<T>(ILogFormat<T> format, ReadOnlySpan<byte> body, out T? item)
    {
        if (LogBody.TryRead(body, out ReadOnlySpan<byte> bytes))
        {
            return Read(format, bytes, out item);
        }

        item = default;
        return Count(EntryRefusal.NotAnEntry);
    }

    /// <summary>The entry in some bytes.</summary>
    public EntryRefusal Read<T>(ILogFormat<T> format, ReadOnlySpan<byte> bytes, out T? item)
    {
        EntryRefusal refusal = Try(format, bytes, out item, out Exception? thrown);
        if (thrown is not null)
        {
            logger.EntryThrew(typeof(T).Name, bytes.Length, thrown);
        }

        return Count(refusal);
    }

    /// <summary>As <see cref="Read"/>, neither counted nor logged.</summary>
    public static EntryRefusal Try<T>(ILogFormat<T> format, ReadOnlySpan<byte> bytes, out T? item, out Exception? thrown)
    {
        thrown = null;
        try
        {
            bool isRead = format is JsonLogFormat<T> json ? json.TryReadOrThrow(bytes, out item) : format.TryRead(bytes, out item);
            return isRead ? EntryRefusal.None : EntryRefusal.NotOfFormat;
        }
        catch (Exception error) // whatever code of the application throws: a peer has chosen the bytes
        {
            (item, thrown) = (default, error);
            return EntryRefusal.TypeThrew;
        }
    }

    private EntryRefusal Count(EntryRefusal refusal)
    {
        Interlocked.Increment(ref _refused[(int)refusal]);
        return refusal;
    }
}
