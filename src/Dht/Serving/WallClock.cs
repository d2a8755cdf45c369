using System.Globalization;

namespace P2P.Dht.Serving;

/// <summary>Turns monotonic time into the text that <c>timeReceived</c> wants. It decides nothing.</summary>
/// <param name="startedAt">Wall clock at monotonic zero.</param>
internal sealed class WallClock(DateTimeOffset startedAt)
{
    /// <summary>RFC 3339, UTC, 100 ns digits, as go writes it.</summary>
    public string Rfc3339(TimeSpan at) =>
        (startedAt + at).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
