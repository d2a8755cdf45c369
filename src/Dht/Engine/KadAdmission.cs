using P2P.Core.Identity;
using P2P.Dht.Records;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>Whether an operation may begin; keeps here at once what it provides or puts.</summary>
internal static class KadAdmission
{
    public static KadError Admit(KadCommand command, KadStores stores, PeerId self, TimeSpan now)
    {
        if (command.Key.IsEmpty || command.Key.Length > KadWire.KeyBytesMax)
        {
            return KadError.InvalidKey;
        }

        return command.Kind switch
        {
            KadOperationKind.Provide when command.Key.Length > KadServer.ProviderKeyBytesMax => KadError.InvalidKey,
            KadOperationKind.Provide when stores.Book.Add(command.Key, now) is null => KadError.TooManyProvidedKeys,
            KadOperationKind.GetValue when !stores.Records.KnowsNamespace(command.Key.Span) => KadError.UnknownNamespace,
            KadOperationKind.PutValue => Put(command, stores, self, now),
            _ => KadError.None,
        };
    }

    private static KadError Put(KadCommand command, KadStores stores, PeerId self, TimeSpan now) =>
        stores.Records.Put(new StoredRecord(command.Key, command.Value, self, now)) switch
        {
            RecordPut.Stored => KadError.None,
            RecordPut.UnknownNamespace => KadError.UnknownNamespace,
            RecordPut.TooLong => KadError.ValueTooLong,
            RecordPut.Worse => KadError.BetterValueExists,
            RecordPut.StoreFull => KadError.StoreFull,
            _ => KadError.InvalidValue,
        };
}
