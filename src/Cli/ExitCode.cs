namespace P2P.Cli;

/// <summary>Exit codes of every verb.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int NoPeers = 4;
    public const int Busy = 5;
    public const int VerificationFailed = 6;
    public const int Refused = 7;
    public const int Interrupted = 130;
}
