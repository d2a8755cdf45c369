namespace P2P.Dht;

/// <summary>Why a DHT operation was refused here, before anything was sent.</summary>
public enum KadError
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>Too many operations wait; <see cref="KadOptions.OperationsMax"/>.</summary>
    TooManyOperations,

    /// <summary>Too many keys are provided; <see cref="KadOptions.ProvidedKeysMax"/>.</summary>
    TooManyProvidedKeys,

    /// <summary>No validator is registered for the key's namespace; <see cref="KadOptions.Validators"/>.</summary>
    UnknownNamespace,

    /// <summary>The validator of the namespace refused the value.</summary>
    InvalidValue,

    /// <summary>The value is longer than <see cref="KadOptions.ValueBytesMax"/>.</summary>
    ValueTooLong,

    /// <summary>The key is empty or too long: 80 bytes for providers, 256 for values.</summary>
    InvalidKey,

    /// <summary>A value that the validator prefers is already stored here.</summary>
    BetterValueExists,

    /// <summary>The store is full and the key is not nearer to us than those kept.</summary>
    StoreFull,

    /// <summary>The node is stopping.</summary>
    Stopped,
}
