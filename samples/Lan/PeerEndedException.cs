namespace P2P.Samples.Lan;

/// <summary>A peer's process ended while the director waited for it.</summary>
internal sealed class PeerEndedException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
