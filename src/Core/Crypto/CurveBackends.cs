namespace P2P.Core.Crypto;

/// <summary>Which backends this process has.</summary>
internal static class CurveBackends
{
    /// <summary>Pure managed code; always there.</summary>
    public static ICurveBackend Managed { get; } = new ManagedCurves();

    /// <summary>libcrypto of OpenSSL 3, or null where it cannot be loaded or fails its self-test.</summary>
    public static ICurveBackend? OpenSsl { get; } = OpenSslCurves.TryCreate();

    /// <summary>What the product uses. Fixed for the life of the process.</summary>
    public static ICurveBackend Default { get; } = OpenSsl ?? Managed;
}
