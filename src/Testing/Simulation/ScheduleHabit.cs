namespace P2P.Testing.Simulation;

/// <summary>How a <see cref="SimulatedMachine"/> chooses which of all continuations that are ready runs next.</summary>
public enum ScheduleHabit
{
    /// <summary>Not a habit.</summary>
    None = 0,

    /// <summary>Any, with equal chance.</summary>
    Random,

    /// <summary>The one that became ready last: whoever waits longest waits longer.</summary>
    NewestFirst,

    /// <summary>The one that became ready first, as a fair machine would.</summary>
    OldestFirst,

    /// <summary>Every fourth loop, chosen by the seed, runs only when nobody else can; else at random.</summary>
    Starving,

    /// <summary>Every eighth loop, chosen by the seed, is up to half a second of virtual time late with everything it does; else at random.</summary>
    Stalling,
}
