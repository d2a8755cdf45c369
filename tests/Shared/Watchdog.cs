namespace P2P.TestSupport;

/// <summary>
/// The one limit of waits: long enough for a machine that does ten other things, so that only a hang meets it. One for a whole wait, never one for each
/// round of a loop.
/// </summary>
internal static class Watchdog
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static CancellationToken Start() => new CancellationTokenSource(Limit).Token;
}
