//! The forms in which a list is asked for: Accept headers.

/// The forms in which a list is asked for, the better one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::collect::live) struct Accept {
    protobuf: Option<&'static str>,
    json: &'static str,
    /// Whether anything but metadata is refused.
    pub(super) metadata_only: bool,
}

impl Accept {
    /// Whole objects; custom resources have no protobuf.
    pub(in crate::collect::live) const fn objects(protobuf: bool) -> Self {
        Self {
            protobuf: if protobuf {
                Some("application/vnd.kubernetes.protobuf,application/json")
            } else {
                None
            },
            json: "application/json",
            metadata_only: false,
        }
    }

    /// Metadata only: nothing else of a Secret may leave the server.
    pub(in crate::collect::live) const METADATA: Self = Self {
        protobuf: Some(
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        ),
        json: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        metadata_only: true,
    };

    /// The same where whole objects do no harm: a server that cannot reduce them may send them.
    pub(in crate::collect::live) const NAMES: Self = Self {
        protobuf: Some(
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/vnd.kubernetes.protobuf,application/json",
        ),
        json: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
        metadata_only: false,
    };

    /// What the header says.
    pub(super) fn header(self) -> &'static str {
        self.protobuf.unwrap_or(self.json)
    }

    /// Whether metadata alone is among what was asked for.
    pub(super) fn takes_names(self) -> bool {
        self.json.contains("as=PartialObjectMetadataList")
    }

    /// The same without protobuf; none if it had none.
    pub(super) fn without_protobuf(self) -> Option<Self> {
        self.protobuf.map(|_| Self {
            protobuf: None,
            ..self
        })
    }
}
