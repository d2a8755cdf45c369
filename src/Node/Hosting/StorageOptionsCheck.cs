using Microsoft.Extensions.Options;
using P2P.Storage;

namespace P2P.Node.Hosting;

/// <summary>The ranges of <see cref="StorageOptions"/>, checked by generated code.</summary>
[OptionsValidator]
internal sealed partial class StorageOptionsCheck : IValidateOptions<StorageOptions>;
