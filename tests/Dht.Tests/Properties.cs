using FsCheck;
using Microsoft.FSharp.Core;

namespace P2P.Dht.Tests;

/// <summary>Runs properties from a fixed seed, so that a failure repeats.</summary>
internal static class Properties
{
    public static void Check(Property property, int tests = 100, int size = 100) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(tests).WithEndSize(size)
                .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(20260101, 7), FSharpOption<int>.None))),
            property);
}
