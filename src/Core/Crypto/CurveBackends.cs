namespace P2P.Core.Crypto;

/// <summary>Which backends this process has.</summary>
internal static class CurveBackends
{
    /// <summary>Switch of the process that leaves libsodium out: benchmarks measure with it what a machine without the library does.</summary>
    public const string WithoutSodium = "P2P.Core.WithoutLibSodium";

    /// <summary>Pure managed code; always there.</summary>
    public static ICurveBackend Managed { get; } = new ManagedCurves();

    /// <summary>libcrypto of OpenSSL 3, or null where it cannot be loaded or fails its self-test.</summary>
    public static ICurveBackend? OpenSsl { get; } = OpenSslCurves.TryCreate();

    /// <summary>The better of the two with libsodium's verification, or null where that is not there or judges differently.</summary>
    public static ICurveBackend? Sodium { get; } =
        AppContext.TryGetSwitch(WithoutSodium, out bool isOff) && isOff ? null : SodiumCurves.TryCreate(OpenSsl ?? Managed);

    /// <summary>What the product uses. Fixed for the life of the process.</summary>
    public static ICurveBackend Default { get; } = Sodium ?? OpenSsl ?? Managed;
}
