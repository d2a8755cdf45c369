namespace P2P.Crdt.Tests.Federation;

/// <summary>Where a simulated process dies.</summary>
internal enum CrashPoint
{
    /// <summary>It lives.</summary>
    No = 0,

    /// <summary>Before the write is durable.</summary>
    Before,

    /// <summary>After it is durable, before anybody hears of it.</summary>
    After,
}
