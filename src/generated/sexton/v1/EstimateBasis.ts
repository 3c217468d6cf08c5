// Original file: proto/sexton/v1/storage_service.proto

/**
 * How much an estimate is worth.
 */
export const EstimateBasis = {
  ESTIMATE_BASIS_UNSPECIFIED: 'ESTIMATE_BASIS_UNSPECIFIED',
  /**
   * The listing goes on: at least so many, and nobody knows how many more.
   */
  ESTIMATE_BASIS_AT_LEAST: 'ESTIMATE_BASIS_AT_LEAST',
  /**
   * The folders right below the prefix were counted, and those that are done held so many objects on
   * average. As good as the folders are alike: day folders of a steady stream are, others may not be.
   */
  ESTIMATE_BASIS_FOLDERS: 'ESTIMATE_BASIS_FOLDERS',
  /**
   * The listing has come to its end: what it showed, and has not been deleted since. Exact, unless
   * somebody still writes there.
   */
  ESTIMATE_BASIS_LISTED: 'ESTIMATE_BASIS_LISTED',
} as const;

/**
 * How much an estimate is worth.
 */
export type EstimateBasis =
  | 'ESTIMATE_BASIS_UNSPECIFIED'
  | 0
  /**
   * The listing goes on: at least so many, and nobody knows how many more.
   */
  | 'ESTIMATE_BASIS_AT_LEAST'
  | 1
  /**
   * The folders right below the prefix were counted, and those that are done held so many objects on
   * average. As good as the folders are alike: day folders of a steady stream are, others may not be.
   */
  | 'ESTIMATE_BASIS_FOLDERS'
  | 2
  /**
   * The listing has come to its end: what it showed, and has not been deleted since. Exact, unless
   * somebody still writes there.
   */
  | 'ESTIMATE_BASIS_LISTED'
  | 3

/**
 * How much an estimate is worth.
 */
export type EstimateBasis__Output = typeof EstimateBasis[keyof typeof EstimateBasis]
