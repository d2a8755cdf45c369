namespace P2P.Core.Crypto;

/// <summary>Which backends this process has.</summary>
internal static class CurveBackends
{
    /// <summary>Switch of the process that leaves libsodium out: benchmarks measure with it what a machine without the library does.</summary>
    public const string WithoutSodium = "P2P.Core.WithoutLibSodium";

    /// <summary>Switch of the process that leaves OpenSSL out: tests see with it what a machine without the library sees.</summary>
    public const string WithoutOpenSsl = "P2P.Core.WithoutOpenSsl";

    private static readonly Lazy<ICurveBackend?> s_managed = new(ManagedCurves.TryCreate);

    /// <summary>Pure managed code, or null where the application has no Portable.BouncyCastle. Loaded by the first who asks.</summary>
    public static ICurveBackend? Managed => s_managed.Value;

    /// <summary>libcrypto of OpenSSL 3, or null where it cannot be loaded or fails its self-test.</summary>
    public static ICurveBackend? OpenSsl { get; } = IsOff(WithoutOpenSsl) ? null : OpenSslCurves.TryCreate();

    /// <summary>The better of the two with libsodium's verification, or null where that is not there or judges differently.</summary>
    public static ICurveBackend? Sodium { get; } =
        !IsOff(WithoutSodium) && (OpenSsl ?? Managed) is ICurveBackend inner ? SodiumCurves.TryCreate(inner) : null;

    /// <summary>What the product uses, or null where there is nothing. Fixed for the life of the process.</summary>
    public static ICurveBackend? Found { get; } = Sodium ?? OpenSsl ?? Managed;

    /// <summary>What the product uses.</summary>
    /// <exception cref="PlatformNotSupportedException">There is nothing.</exception>
    public static ICurveBackend Default => Found ?? throw new PlatformNotSupportedException(Ed25519.Remedy);

    private static bool IsOff(string name) => AppContext.TryGetSwitch(name, out bool isOff) && isOff;
}
