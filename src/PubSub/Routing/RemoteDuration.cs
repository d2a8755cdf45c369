namespace P2P.PubSub.Routing;

/// <summary>The one clamp for times a peer sends: 2⁶⁴ seconds is a number some stacks have crashed on (CVE-2026-34219).</summary>
internal static class RemoteDuration
{
    private static readonly TimeSpan s_min = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_max = TimeSpan.FromHours(1);

    /// <summary>Seconds from the wire in [1 s, 1 h]; 0, what 1.0 peers send, means <paramref name="absent"/>.</summary>
    public static TimeSpan FromSeconds(ulong seconds, TimeSpan absent)
    {
        if (seconds == 0)
        {
            return absent;
        }

        // Compared before it becomes a TimeSpan, whose factory throws on such numbers.
        return seconds >= (ulong)s_max.TotalSeconds ? s_max : TimeSpan.FromSeconds(Math.Max((long)seconds, (long)s_min.TotalSeconds));
    }
}
